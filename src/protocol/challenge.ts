export interface Challenge {
  readonly scheme: string
  readonly token68?: string
  readonly parameters: Readonly<Record<string, string>>
}
export function formatChallenge(
  scheme: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const parts = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${(value ?? '').replace(/["\\]/g, '\\$&')}"`)
  return parts.length === 0 ? scheme : `${scheme} ${parts.join(', ')}`
}
export function parseChallenges(_header: string): readonly Challenge[] {
  return []
}

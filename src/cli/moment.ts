/**
 * Moments as people type them: how long ago or from now, or a date.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const SPAN = /^(\d{1,6})([smhd])$/

/**
 * The time that an option means: `15m`, `2h` or `7d` ago, or a date and time in ISO 8601.
 *
 * @returns Milliseconds since the epoch.
 * @throws {ConfigError} if it is neither.
 */
export function parseMoment(text: string, now: number, option: string): number {
  const moment = momentOf(text, (span) => now - span)
  if (moment !== undefined) return moment
  throw new ConfigError(
    option,
    'is no time.',
    'Write how long ago, as in 15m, 2h or 7d, or a date, as in 2026-01-31T12:00Z.',
  )
}

/**
 * The time at which something is to end: in `15m`, `2h` or `7d`, or at a date and time in ISO 8601.
 *
 * @returns Milliseconds since the epoch.
 * @throws {ConfigError} if it is neither.
 */
export function parseEnd(text: string, now: number, option: string): number {
  const moment = momentOf(text, (span) => now + span)
  if (moment !== undefined) return moment
  throw new ConfigError(
    option,
    'is no time.',
    'Write how long from now, as in 12h or 90d, or a date, as in 2026-12-31T12:00Z.',
  )
}

function momentOf(text: string, from: (span: number) => number): number | undefined {
  const [, count, unit = ''] = SPAN.exec(text) ?? []
  if (count !== undefined) return from(Number(count) * (units[unit] ?? 0))
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

import { OAuthError } from '../errors.ts'
export interface RedirectUriPolicy {
  readonly applicationType: 'native' | 'web'
  readonly allowLocalhost: boolean
}
export function checkRedirectUri(uri: string, _policy: RedirectUriPolicy): void {
  if (!URL.canParse(uri)) throw new OAuthError('invalid_redirect_uri', 'not a URI')
}
export function matchRedirectUri(
  registered: readonly string[],
  requested: string,
  _policy: { readonly allowLocalhost: boolean },
): boolean {
  return registered.includes(requested)
}
export function isLoopbackRedirectUri(uri: string): boolean {
  return /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:[/?]|$)/.test(uri)
}
export function redirectHost(uri: string): string {
  const url = new URL(uri)
  return url.host || url.protocol
}

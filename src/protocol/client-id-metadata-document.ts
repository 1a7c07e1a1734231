import { OAuthError } from '../errors.ts'
import { type ClientMetadata, parseClientMetadata } from './client-metadata.ts'
export function isClientIdUrl(clientId: string): boolean {
  return (
    /^https:\/\//i.test(clientId) ||
    /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(clientId)
  )
}
export function checkClientIdUrl(
  clientId: string,
  _policy: { readonly allowLoopback: boolean },
): URL {
  if (!URL.canParse(clientId)) throw new OAuthError('invalid_request', 'not a URL')
  return new URL(clientId)
}
export interface ClientDocumentPolicy {
  readonly allowLocalhost: boolean
}
export function parseClientDocument(
  _clientId: string,
  document: unknown,
  policy: ClientDocumentPolicy,
): ClientMetadata {
  return parseClientMetadata(document, { ...policy, registration: 'document' })
}

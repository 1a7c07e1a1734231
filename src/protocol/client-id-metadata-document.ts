/**
 * Client ID Metadata Documents: a client whose identifier is the URL of what it says of itself.
 *
 * Only public clients. Authentication by `private_key_jwt` is left out; shared secrets are not
 * possible, because the document is public.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00 | draft-ietf-oauth-client-id-metadata-document-00}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type ClientMetadata, parseClientMetadata } from './client-metadata.ts'
import { displayName } from './client-name.ts'
import { isDomainName, isLoopbackHost, unambiguousUrl } from './uri.ts'

/** Under which rules a document is read. */
export interface ClientDocumentPolicy {
  readonly allowLocalhost: boolean
  /** Whether https redirect URIs must be of the origin of the document. */
  readonly sameOriginRedirects?: boolean
}

const CLIENT_ID_URL = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$))/i

/**
 * Whether a client identifier means a document; {@link checkClientIdUrl} tells whether it may.
 * Identifiers that Warder makes itself never look like this.
 */
export function isClientIdUrl(clientId: string): boolean {
  return CLIENT_ID_URL.test(clientId)
}

/**
 * Refuses a client identifier that must not be fetched. Stricter than the draft, which allows ports:
 * a user must be able to tell hosts apart, and nobody needs one.
 *
 * @param policy - `allowLoopback` is for development: http and any port on this computer.
 * @throws {OAuthError} `invalid_request`
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-3 | §3}
 */
export function checkClientIdUrl(
  clientId: string,
  policy: { readonly allowLoopback: boolean },
): URL {
  const url = unambiguousUrl(clientId)
  const hasPath = url !== undefined && /^(?:\/[^/]+)+\/?$/.test(url.pathname)
  if (!hasPath || clientId.endsWith('?')) {
    throw refusal('must be a URL in canonical form with a path, without user name or fragment.')
  }
  const isLocal = isClientIdUrl(clientId) && isLoopbackHost(url.hostname)
  if (policy.allowLoopback && isLocal) return url
  if (url.protocol !== 'https:' || url.port !== '') throw refusal('must be https on its own port.')
  // Punycode could look like another name wherever it is shown decoded.
  const isPlain = !url.hostname.split('.').some((label) => label.startsWith('xn--'))
  if (!isDomainName(url.hostname) || !isPlain) throw refusal('must have an ASCII domain name.')
  return url
}

/**
 * Reads the document that was found at a client identifier.
 *
 * @throws {OAuthError} `invalid_client_metadata` or `invalid_redirect_uri`
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-4 | §4}
 */
export function parseClientDocument(
  clientId: string,
  document: unknown,
  policy: ClientDocumentPolicy,
): ClientMetadata {
  const members = membersOf(document)
  if (members.get('client_id') !== clientId) {
    throw invalid('client_id must be the URL of the document, character for character.')
  }
  const name = members.get('client_name')
  if (typeof name !== 'string' || displayName(name) === '') throw invalid('client_name is missing.')
  if ([...members.keys()].some((member) => member.startsWith('client_secret'))) {
    throw invalid('A public document must have no client_secret.')
  }
  const { allowLocalhost } = policy
  const metadata = parseClientMetadata(document, { allowLocalhost, registration: 'document' })
  if (policy.sameOriginRedirects === true) checkOrigin(clientId, metadata.redirect_uris)
  return metadata
}

function membersOf(document: unknown): ReadonlyMap<string, unknown> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid('The document must be a JSON object.')
  }
  return new Map(Object.entries(document))
}

function checkOrigin(clientId: string, redirectUris: readonly string[]): void {
  const { origin } = new URL(clientId)
  const isForeign = (uri: string) => uri.startsWith('https:') && new URL(uri).origin !== origin
  if (redirectUris.some(isForeign)) {
    throw new OAuthError(
      'invalid_redirect_uri',
      'https redirect URIs must be on the host of the client_id.',
    )
  }
}

const refusal = (problem: string) =>
  new OAuthError('invalid_request', `A client_id that is a URL ${problem}`)

const invalid = (problem: string) => new OAuthError('invalid_client_metadata', problem)

/**
 * What an authorization server says of itself, as much of it as a page needs, checked.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.3 | RFC 8414 §3.3}
 * @module
 */

import { metadataPaths } from '../protocol/authorization-server-metadata.ts'
import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'
import { BrowserError } from './errors.ts'
import { type Answer, exchange } from './exchange.ts'
import type { ClientSettings } from './options.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** Where what was given is renewed and given back: where it came from, and nowhere else. */
export interface TokenPlaces {
  readonly tokenEndpoint: string
  readonly revocationEndpoint?: string
  readonly endSessionEndpoint?: string
}

/** A server that a user is sent to. */
export interface Server extends TokenPlaces {
  readonly authorizationEndpoint: string
  /** Whether every answer names its issuer ({@link https://www.rfc-editor.org/rfc/rfc9207#section-3 | RFC 9207 §3}). */
  readonly namesIssuer: boolean
}

/**
 * Finds the endpoints of the issuer.
 *
 * @throws {BrowserError} `metadata_refused` if it calls itself otherwise (compared byte for byte), has no
 * PKCE, or an endpoint that must not be used; `unreachable`, `try_later`.
 */
export async function findServer(
  settings: ClientSettings,
  surroundings: BrowserSurroundings,
): Promise<Server> {
  const { issuer, dpop } = settings
  const document = await findDocument(issuer, surroundings)
  if (document.issuer !== issuer) {
    throw refusal(
      'Write its issuer exactly as it does.',
      `it says ${JSON.stringify(document.issuer)}`,
    )
  }
  const supports = (name: string, value: string) => {
    const list = document[name]
    if (Array.isArray(list) && list.includes(value)) return
    throw refusal(`It does not offer ${value}.`, `${name} has no ${value}`)
  }
  supports('code_challenge_methods_supported', 'S256')
  if (dpop) supports('dpop_signing_alg_values_supported', 'ES256')
  const optional = (name: string, key: keyof TokenPlaces) =>
    document[name] === undefined ? {} : { [key]: endpoint(document, name) }
  return {
    authorizationEndpoint: endpoint(document, 'authorization_endpoint'),
    tokenEndpoint: endpoint(document, 'token_endpoint'),
    ...optional('revocation_endpoint', 'revocationEndpoint'),
    ...optional('end_session_endpoint', 'endSessionEndpoint'),
    namesIssuer: document.authorization_response_iss_parameter_supported === true,
  }
}

async function findDocument(
  issuer: string,
  surroundings: BrowserSurroundings,
): Promise<NonNullable<Answer['body']>> {
  const { oauth, openid } = metadataPaths(issuer)
  // Of each kind the form that its own document defines: inserted there, appended here.
  for (const path of [oauth[0], openid.at(-1)]) {
    const { status, body } = await exchange(`${new URL(issuer).origin}${path}`, {}, surroundings)
    if (status === 200 && body !== undefined) return body
    if (status >= 500 || status === 429) {
      throw new BrowserError('try_later', 'Try again in a moment.', {
        detail: `${path}: ${status}`,
      })
    }
  }
  throw refusal('It publishes no metadata.', issuer)
}

/** An endpoint is https, or on this machine if the issuer is. */
function endpoint(document: NonNullable<Answer['body']>, name: string): string {
  const value = document[name]
  const url = typeof value === 'string' ? unambiguousUrl(value) : undefined
  const isLocal = url?.protocol === 'http:' && isLoopbackHost(url.hostname)
  const isGood =
    url?.protocol === 'https:' || (isLocal && String(document.issuer).startsWith('http:'))
  if (typeof value === 'string' && isGood) return value
  throw refusal(`Its ${name} must be an https URL.`, name)
}

const refusal = (advice: string, detail: string) =>
  new BrowserError('metadata_refused', advice, { detail })

/**
 * The metadata of clients that sign instead of sending a secret: their public keys, and with which
 * algorithm they sign.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 | RFC 7591 §2}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { isLoopbackHost, unambiguousUrl } from './uri.ts'

/** The algorithms that clients may sign with: each is for one kind of key, but for RSA's two. */
export const clientSigningAlgorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const

/** What is kept of it: the keys or their address, and only of clients that sign. */
export interface ClientKeyMembers {
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly jwks_uri?: string
  /** The one algorithm it signs with. */
  readonly token_endpoint_auth_signing_alg?: string
}

/** The members as a client sent them. */
interface Sent {
  readonly jwks: ClientKeyMembers['jwks'] | undefined
  readonly uri: unknown
  readonly alg: unknown
}

/**
 * Reads the members: `jwks` and `jwks_uri` MUST NOT both be there, and one of them is what it signs with.
 *
 * @throws {OAuthError} `invalid_client_metadata`
 */
export function parseClientKeys({ jwks, uri, alg }: Sent): ClientKeyMembers {
  if ((jwks === undefined) === (uri === undefined)) {
    throw refusal('private_key_jwt needs jwks or jwks_uri, and not both.')
  }
  if (uri !== undefined && !isKeySetUri(uri)) {
    throw refusal('jwks_uri must be an https URL; http on loopback only.')
  }
  const signingAlg = clientSigningAlgorithms.find((known) => known === alg)
  if (alg !== undefined && signingAlg === undefined) {
    const known = clientSigningAlgorithms.join(', ')
    throw refusal(`token_endpoint_auth_signing_alg must be among ${known}.`)
  }
  return {
    ...(jwks === undefined ? {} : { jwks }),
    ...(uri === undefined ? {} : { jwks_uri: uri }),
    ...(signingAlg === undefined ? {} : { token_endpoint_auth_signing_alg: signingAlg }),
  }
}

/** Whether it leads anywhere that may be reached is for the outward fetch to say. */
function isKeySetUri(uri: unknown): uri is string {
  const url = typeof uri === 'string' ? unambiguousUrl(uri) : undefined
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))
}

const refusal = (problem: string) => new OAuthError('invalid_client_metadata', problem)

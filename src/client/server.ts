/**
 * An authorization server as a client trusts it: what it says of itself, checked.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.3 | RFC 8414 §3.3}
 * @module
 */

import type { AuthorizationServer as ServerMetadata } from 'oauth4webapi'
import { isObject } from '../protocol/json-rpc.ts'
import { ClientError } from './errors.ts'
import { checkOutwardUrl, isOnThisMachine, shown } from './outward-url.ts'

export type { ServerMetadata }

/** A server whose metadata was checked. The object stays the same as long as the metadata does. */
export interface TrustedServer {
  readonly issuer: string
  readonly metadata: ServerMetadata
}

/** Endpoints that clients send their credentials to. */
const CREDENTIAL_ENDPOINTS = [
  'token_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
] as const

const OTHER_ENDPOINTS = [
  'authorization_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
] as const

const LISTS = [
  'scopes_supported',
  'response_types_supported',
  'response_modes_supported',
  'grant_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'code_challenge_methods_supported',
  'dpop_signing_alg_values_supported',
  'id_token_signing_alg_values_supported',
  'userinfo_signing_alg_values_supported',
  'authorization_grant_profiles_supported',
  'request_object_signing_alg_values_supported',
] as const

const FLAGS = [
  'authorization_response_iss_parameter_supported',
  'client_id_metadata_document_supported',
  'require_pushed_authorization_requests',
  'require_signed_request_object',
] as const

/**
 * Checks the metadata that an issuer published. Members that a client has no use for are dropped.
 *
 * @throws {ClientError} `metadata_refused` if it is another's (compared byte for byte), or has an
 * endpoint that must not be used.
 */
export function parseServerMetadata(document: unknown, issuer: string): TrustedServer {
  if (!isObject(document)) throw refusal(issuer, 'It is no JSON object.', 'not an object')
  if (document.issuer !== issuer) {
    const advice = 'If you named its issuer yourself, write it exactly as the server does.'
    const detail = `it calls itself ${shown(document.issuer)}, asked for was ${shown(issuer)}`
    throw refusal(issuer, advice, detail)
  }
  const metadata: Record<string, unknown> = { issuer }
  const take = (name: string, isGood: (value: unknown) => boolean): void => {
    const value = document[name]
    if (value === undefined) return
    if (!isGood(value))
      throw refusal(issuer, `Its ${name} is malformed.`, `${name} ${shown(value)}`)
    metadata[name] = value
  }
  for (const what of [...CREDENTIAL_ENDPOINTS, ...OTHER_ENDPOINTS]) {
    take(what, (value) => checkOutwardUrl(value, { what, namedBy: issuer }) !== undefined)
  }
  for (const name of LISTS) take(name, isTexts)
  for (const name of FLAGS) take(name, (value) => typeof value === 'boolean')
  checkTogether(metadata, issuer)
  // Whatever is there now has the type its name stands for.
  return Object.freeze({ issuer, metadata: Object.freeze(metadata as unknown as ServerMetadata) })
}

/**
 * What takes a secret must stand where the tokens come from, or where the issuer does: otherwise a
 * changed document could have a refresh token revoked at an attacker's.
 */
function checkTogether(metadata: Readonly<Record<string, unknown>>, issuer: string): void {
  const origins = [issuer, metadata.token_endpoint].flatMap((url) =>
    typeof url === 'string' ? [new URL(url).origin] : [],
  )
  for (const name of CREDENTIAL_ENDPOINTS) {
    const url = metadata[name]
    if (typeof url !== 'string' || origins.includes(new URL(url).origin)) continue
    throw refusal(issuer, `Its ${name} is on another host than its token_endpoint.`, shown(url))
  }
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((member) => typeof member === 'string')

const refusal = (issuer: string, advice: string, detail: string) =>
  new ClientError('metadata_refused', advice, { detail: `metadata of ${issuer}: ${detail}` })

/** An endpoint that a flow cannot do without. @throws {ClientError} `metadata_refused` */
export function endpointOf(
  { issuer, metadata }: TrustedServer,
  name: 'authorization_endpoint' | 'token_endpoint' | 'device_authorization_endpoint',
): string {
  const url = metadata[name]
  if (url !== undefined) return url
  throw refusal(issuer, `It has no ${name}, which this needs.`, `no ${name}`)
}

/** Whether plain http may be spoken to a server: it is on this machine, by its own word. */
export const isLocalServer = ({ issuer }: TrustedServer): boolean => isOnThisMachine(issuer)

/**
 * Client metadata: what a client says of itself, and what of it is believed.
 *
 * An allow-list of members. Everything else is ignored, above all what would give power
 * (`client_id`, `client_secret`) or make Warder call someone: logout URIs, and `jwks_uri` unless an
 * administrator says it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 | RFC 7591 §2}
 * @module
 */

import { base64url } from 'jose'
import { OAuthError } from '../errors.ts'
import { parseMembers } from './client-members.ts'
import { displayName } from './client-name.ts'
import { type ClientKeyMembers, parseClientKeys } from './client-signing.ts'
import { checkRedirectUri, hasWellKnownScheme } from './redirect-uri.ts'
import { formatScope, parseScope } from './scope.ts'

/** What is kept of a client's metadata. The members are those of RFC 7591. */
export interface ClientMetadata extends ClientKeyMembers {
  /** Fit to be shown: see `displayName`. */
  readonly client_name: string
  readonly redirect_uris: readonly string[]
  readonly token_endpoint_auth_method: string
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly application_type: 'native' | 'web'
  readonly scope?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly contacts?: readonly string[]
  readonly software_id?: string
  readonly software_version?: string
}

/** The device grant, as clients name it ({@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 | RFC 8628 §3.4}). */
export const DEVICE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/** Under which rules metadata is read. */
export interface ClientMetadataPolicy {
  readonly allowLocalhost: boolean
  /** What members are when the client leaves them out; filled in before anything is checked. */
  readonly defaults?: Partial<ClientMetadata>
  /** Who says it; `dynamic` unless told. */
  readonly registration?: keyof typeof profiles
}

/** What a client may be. */
interface Profile {
  readonly grantTypes: readonly string[]
  readonly authMethods: readonly string[]
  /** RFC 7591 §2 has `client_secret_basic`; documents know no secrets. */
  readonly defaultAuthMethod: string
  /**
   * Strangers name every grant they know to whatever server they meet, so theirs are dropped, and
   * the answer says so (RFC 7591 §3.2.1). An administrator who names one means it.
   */
  readonly dropsUnknown: boolean
  /** A resource server asks about tokens, and for none. */
  readonly mayHaveNoGrant: boolean
}

/** The profiles, by who says what the client is. */
const profiles = {
  administrator: {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_GRANT_TYPE],
    authMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    defaultAuthMethod: 'client_secret_basic',
    dropsUnknown: false,
    mayHaveNoGrant: true,
  },
  dynamic: {
    grantTypes: ['authorization_code', 'refresh_token'],
    authMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    defaultAuthMethod: 'client_secret_basic',
    dropsUnknown: true,
    mayHaveNoGrant: false,
  },
  document: {
    grantTypes: ['authorization_code', 'refresh_token'],
    authMethods: ['none'],
    defaultAuthMethod: 'none',
    dropsUnknown: true,
    mayHaveNoGrant: false,
  },
} as const satisfies Readonly<Record<string, Profile>>

const MAX_REDIRECT_URIS = 20

/**
 * Reads what a client says of itself: defaults first, then the rules, so that leaving a member out
 * is never a way around one.
 *
 * @throws {OAuthError} `invalid_client_metadata` or `invalid_redirect_uri`
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2 | RFC 7591 §3.2.2}
 */
export function parseClientMetadata(input: unknown, policy: ClientMetadataPolicy): ClientMetadata {
  const profile: Profile = profiles[policy.registration ?? 'dynamic']
  const members = parseMembers(input, policy.defaults)
  const { scope, jwks, jwks_uri: uri, token_endpoint_auth_signing_alg: alg, ...asked } = members
  const scopes = parseClientScope(scope)
  const grantTypes = knownGrantTypes(asked.grant_types ?? ['authorization_code'], profile)
  const redirectUris = [...new Set(asked.redirect_uris)]
  const metadata: ClientMetadata = {
    ...asked,
    client_name: displayName(asked.client_name ?? '') || 'Unnamed client',
    redirect_uris: redirectUris,
    token_endpoint_auth_method: asked.token_endpoint_auth_method ?? profile.defaultAuthMethod,
    grant_types: grantTypes,
    // RFC 7591 §2.1: the two go together.
    response_types: grantTypes.includes('authorization_code') ? ['code'] : [],
    application_type: applicationType(asked.application_type, redirectUris),
    ...(scopes.length === 0 ? {} : { scope: formatScope(scopes) }),
  }
  const asksForNone = profile.mayHaveNoGrant && asked.grant_types?.length === 0
  if (!asksForNone) checkGrantTypes(metadata, asked.response_types ?? metadata.response_types)
  checkAuthMethod(metadata, profile)
  checkRedirectUris(metadata, policy)
  if (metadata.token_endpoint_auth_method !== 'private_key_jwt') return metadata
  return { ...metadata, ...parseClientKeys({ jwks, uri, alg }) }
}

/** Whether a client has a secret that is made for it. */
export const hasSecret = ({ token_endpoint_auth_method: method }: ClientMetadata): boolean =>
  method.startsWith('client_secret_')

/** A digest that is the same for the same metadata, in whatever order it was written. */
export async function metadataFingerprint(metadata: ClientMetadata): Promise<string> {
  const members = Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const canonical = new TextEncoder().encode(JSON.stringify(members))
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', canonical)))
}

function parseClientScope(scope: string | undefined): readonly string[] {
  try {
    return parseScope(scope)
  } catch (cause) {
    throw refusal('scope must be a list of scope names with one space between them.', cause)
  }
}

function knownGrantTypes(asked: readonly string[], profile: Profile): readonly string[] {
  const known = profile.grantTypes.filter((grantType) => asked.includes(grantType))
  if (!profile.dropsUnknown && asked.some((grantType) => !known.includes(grantType))) {
    throw refusal(`grant_types must be among ${profile.grantTypes.join(', ')}.`)
  }
  return known
}

function checkGrantTypes(metadata: ClientMetadata, responseTypes: readonly string[]): void {
  const { grant_types: grantTypes, response_types: expected } = metadata
  const byUser: readonly string[] = ['authorization_code', DEVICE_GRANT_TYPE]
  if (!grantTypes.some((each) => each === 'client_credentials' || byUser.includes(each))) {
    throw refusal('grant_types must include authorization_code.')
  }
  if (grantTypes.includes('refresh_token') && !grantTypes.some((each) => byUser.includes(each))) {
    throw refusal('grant_types with refresh_token must include authorization_code.')
  }
  if (!expected.every((responseType) => responseTypes.includes(responseType))) {
    throw refusal('response_types must include code.')
  }
}

function checkAuthMethod(metadata: ClientMetadata, profile: Profile): void {
  const method = metadata.token_endpoint_auth_method
  if (!profile.authMethods.includes(method)) {
    throw refusal(`token_endpoint_auth_method must be ${profile.authMethods.join(' or ')}.`)
  }
  const { grant_types: grantTypes } = metadata
  // RFC 6749 §4.4, RFC 7662 §2.1: both are for confidential clients only.
  if (method === 'none' && (grantTypes.includes('client_credentials') || grantTypes.length === 0)) {
    throw refusal('A client that asks for itself, or about tokens, needs a secret or a key.')
  }
}

function checkRedirectUris(metadata: ClientMetadata, policy: ClientMetadataPolicy): void {
  const { redirect_uris: uris, application_type, grant_types } = metadata
  const least = grant_types.includes('authorization_code') ? 1 : 0
  if (uris.length < least || uris.length > MAX_REDIRECT_URIS) {
    const problem = `redirect_uris must have 1 to ${MAX_REDIRECT_URIS} entries.`
    throw new OAuthError('invalid_redirect_uri', problem)
  }
  for (const uri of uris) {
    const { allowLocalhost } = policy
    checkRedirectUri(uri, { applicationType: application_type, allowLocalhost })
  }
}

/** What a client is, by what it says or else by where it can be reached. */
function applicationType(
  said: 'native' | 'web' | undefined,
  redirectUris: readonly string[],
): 'native' | 'web' {
  // Some editors call themselves web, the default of OpenID Connect, with a scheme of their own.
  if (said === 'web') return redirectUris.some(hasWellKnownScheme) ? 'native' : 'web'
  return said ?? (redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native')
}

const refusal = (problem: string, cause?: unknown) =>
  new OAuthError('invalid_client_metadata', problem, { cause })

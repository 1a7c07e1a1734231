/**
 * What an authorization server says of itself, and where it says it.
 *
 * The OpenID Connect discovery document has the same members and some of its own.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414 | RFC 8414}
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html | OpenID Connect Discovery}
 * @module
 */

import { ConfigError } from '../errors.ts'
import { isLoopbackHost } from './uri.ts'

/** The members of the document ({@link https://www.rfc-editor.org/rfc/rfc8414#section-2 | RFC 8414 §2}). */
export interface AuthorizationServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly jwks_uri?: string
  readonly registration_endpoint?: string
  readonly revocation_endpoint?: string
  readonly introspection_endpoint?: string
  /** {@link https://www.rfc-editor.org/rfc/rfc8628#section-4 | RFC 8628 §4} */
  readonly device_authorization_endpoint?: string
  readonly userinfo_endpoint?: string
  readonly end_session_endpoint?: string
  readonly scopes_supported?: readonly string[]
  readonly response_types_supported: readonly string[]
  readonly response_modes_supported?: readonly string[]
  readonly grant_types_supported?: readonly string[]
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly revocation_endpoint_auth_methods_supported?: readonly string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly introspection_endpoint_auth_methods_supported?: readonly string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported?: readonly string[]
  readonly code_challenge_methods_supported?: readonly string[]
  readonly prompt_values_supported?: readonly string[]
  readonly service_documentation?: string
  readonly ui_locales_supported?: readonly string[]
  readonly op_policy_uri?: string
  readonly op_tos_uri?: string
  /** {@link https://www.rfc-editor.org/rfc/rfc9207#section-3 | RFC 9207 §3} */
  readonly authorization_response_iss_parameter_supported?: boolean
  /** {@link https://www.rfc-editor.org/rfc/rfc9728#section-4 | RFC 9728 §4} */
  readonly protected_resources?: readonly string[]
  /** {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-5 | CIMD §5} */
  readonly client_id_metadata_document_supported?: boolean
  readonly subject_types_supported?: readonly string[]
  readonly id_token_signing_alg_values_supported?: readonly string[]
  readonly claims_supported?: readonly string[]
  readonly claims_parameter_supported?: boolean
  readonly request_parameter_supported?: boolean
  readonly request_uri_parameter_supported?: boolean
}

/** Where the documents of an issuer are served. */
export interface MetadataPaths {
  readonly oauth: readonly string[]
  readonly openid: readonly string[]
}

/**
 * Every pathname at which clients look for an issuer's documents: inserted before the issuer's path
 * (RFC 8414) and appended to it (OpenID Connect).
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 | RFC 8414 §3.1}
 */
export function metadataPaths(issuer: string): MetadataPaths {
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const pathsOf = (name: string) => [
    ...new Set([`/.well-known/${name}${path}`, `${path}/.well-known/${name}`]),
  ]
  return { oauth: pathsOf('oauth-authorization-server'), openid: pathsOf('openid-configuration') }
}

/**
 * Checks that a string can be an issuer, which is compared byte for byte ever after.
 *
 * @throws {ConfigError} unless it is an https URL, or http on loopback, without query or fragment and
 * written as a URL parser writes it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 | RFC 8414 §2}
 */
export function checkIssuer(issuer: string): URL {
  if (!URL.canParse(issuer)) {
    throw new ConfigError('issuer', 'is not a URL.', 'Write it like https://auth.example.com.')
  }
  const url = new URL(issuer)
  const isLocal = url.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !isLocal) {
    throw new ConfigError('issuer', 'must be https; http is for localhost only.')
  }
  if (/[?#@]/.test(issuer)) {
    throw new ConfigError('issuer', 'must have no query, fragment or user name.')
  }
  if (issuer !== url.href && `${issuer}/` !== url.href) {
    throw new ConfigError('issuer', 'is not in canonical form.', `Write it as ${url.href}`)
  }
  return url
}

/**
 * What a client is made from, and what of it must not be.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'
import type { ClientAuthentication, PrivateKeyJwtOptions } from './client-auth/index.ts'
import type { DpopPolicy } from './dpop-keys.ts'
import { ClientError } from './errors.ts'
import type { Flow } from './flows/flow.ts'
import type { GrantStore } from './kept-grant.ts'
import { checkOutwardUrl } from './outward-url.ts'
import type { Profile } from './profiles/profile.ts'
import type { RegistrationOptions } from './registration.ts'
import type { SignInNeed } from './sign-in-need.ts'
import type { Trace } from './trace.ts'
import type { Fetch } from './transport.ts'

/** Who the client is, whom it asks, and for what. Name a `resource`, an `issuer` or a `profile`. */
export interface ClientOptions {
  /** The API or MCP server that tokens are for. Without an issuer it says itself who gives them. */
  readonly resource?: string
  /** The authorization server, byte for byte as its metadata says. Whoever brings a secret must name it. */
  readonly issuer?: string
  /** A provider with quirks of its own, instead of an issuer. */
  readonly profile?: Profile
  readonly clientId?: string
  /** A public client unless told. */
  readonly clientAuth?: ClientAuthentication
  /** How the client introduces itself to servers that do not know it, instead of a `clientId`. */
  readonly registration?: RegistrationOptions
  readonly redirectUri?: string
  /** Signs authorization requests, where the server reads signed ones (RFC 9101). */
  readonly requestKey?: PrivateKeyJwtOptions
  /** The scopes to ask for, instead of those that the resource names. */
  readonly scope?: readonly string[]
  /**
   * Whether to ask for tokens that outlast the sign-in (`offline_access`), where the server knows that
   * scope; yes unless told.
   */
  readonly offline?: boolean
  /** How to get tokens without a user, such as {@link clientCredentials}. */
  readonly flow?: Flow
  /** Which account tokens are for unless a call says otherwise; `default` unless told. */
  readonly account?: string
  /** Whether tokens are bound to a key; `off` unless told. */
  readonly dpop?: DpopPolicy
  /** Where grants are kept; in memory unless told. */
  readonly store?: GrantStore
  /** More origins that {@link Client.fetch} may send tokens to, besides that of the resource. */
  readonly apiOrigins?: readonly string[]
  /** Asks the user, when it takes one: opens `need.begin()` and calls `need.finish()`. */
  readonly onSignInNeeded?: (need: SignInNeed) => Promise<void>
  /**
   * Whether {@link Client.fetch} sends a request without a token first as long as nobody has signed in:
   * for servers that may be open, or say in their refusal what they want.
   */
  readonly waitForChallenge?: boolean
  /** What older servers leave out, and is done without for this one. */
  readonly legacy?: LegacyOptions
  /** Is told of every step, without secrets. */
  readonly trace?: Trace
  /** The platform's own unless told. */
  readonly fetch?: Fetch
  readonly platform?: Platform
  readonly timers?: Timers
  /** For one exchange with an authorization server, in milliseconds; 15 000 unless told. */
  readonly timeoutMs?: number
}

/** Concessions; each says what is lost. */
export interface LegacyOptions {
  /** The server does not say that it supports PKCE. It is used all the same, perhaps in vain. */
  readonly pkceNotAdvertised?: boolean
  /** The resource does not say who gives tokens for it. Its origin is taken to be the issuer. */
  readonly undescribedResource?: boolean
}

/**
 * Refuses options that contradict each other or are unsafe.
 *
 * @throws {ConfigError}
 */
export function checkClientOptions(options: ClientOptions): void {
  const { resource, issuer, profile, clientId, clientAuth, registration, flow } = options
  const sendsSecret = clientAuth?.sendsSecret === true || flow?.sendsSecret === true
  if (resource === undefined && issuer === undefined && profile === undefined) {
    throw new ConfigError('resource', 'is missing.', 'Name the resource, the issuer or a profile.')
  }
  if (issuer !== undefined && profile !== undefined) {
    throw new ConfigError('issuer', 'is what the profile says.', 'Name one of the two.')
  }
  if (sendsSecret && issuer === undefined && profile === undefined) {
    throw new ConfigError('issuer', 'is missing.', 'A secret is for one server: name it.')
  }
  if (clientAuth?.sendsSecret === true && clientId === undefined) {
    throw new ConfigError('clientId', 'is missing.', 'A secret is for one client: name it.')
  }
  if (clientId !== undefined && registration !== undefined) {
    throw new ConfigError('registration', 'is for clients without a clientId.')
  }
  const urls = { resource, issuer, ...Object.fromEntries((options.apiOrigins ?? []).entries()) }
  for (const [name, url] of Object.entries(urls)) {
    if (url !== undefined) checkUrl(/^\d+$/.test(name) ? `apiOrigins.${name}` : name, url)
  }
}

function checkUrl(path: string, url: string): void {
  try {
    checkOutwardUrl(url, { what: path })
  } catch (cause) {
    if (!(cause instanceof ClientError)) throw cause
    throw new ConfigError(path, 'must be an https URL; http on this machine only.', undefined, {
      cause,
    })
  }
}

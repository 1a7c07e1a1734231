/**
 * The authorization server.
 *
 * @module
 */

import type { Accounts } from '../accounts/index.ts'
import type { EventSink } from '../events.ts'
import { type Limits, localLimits } from '../limits/index.ts'
import type { Platform } from '../platform.ts'
import { checkIssuer } from '../protocol/authorization-server-metadata.ts'
import type { OutwardFetch } from '../protocol/outward-fetch.ts'
import type { ProtectedResource } from '../protocol/protected-resource.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/index.ts'
import { createClientKeys } from './clients/client-keys.ts'
import { createClients } from './clients/index.ts'
import type { ServerLimits } from './context.ts'
import { type AuthorizationServer, serve } from './server.ts'
import type { ServerSettings } from './settings.ts'
import type { SigningKeys } from './tokens/signing-keys/signing-keys.ts'

export {
  type ClientAdministration,
  clientAdministration,
  type NewClient,
} from './clients/administration.ts'
export type { Registered } from './clients/dynamic-registration.ts'
export { type Elicitation, elicitationLink } from './elicitation.ts'
export type { Connection } from './exchange.ts'
export { grantTypes } from './grants/index.ts'
export { namedResources } from './resources.ts'
export { checkSelf, type SelfCheckOptions } from './self-check.ts'
export type { AuthorizationServer } from './server.ts'
export { type ServerSettings, serverSettings } from './settings.ts'
export { isRevoked } from './tokens/revocation.ts'
export { type Signer, type SigningAlgorithm, signingAlgorithms } from './tokens/sign-jwt.ts'
export {
  type DescribedKey,
  type KeyAdministration,
  keyAdministration,
} from './tokens/signing-keys/administration.ts'
export { followKeys } from './tokens/signing-keys/follow-keys.ts'
export type { KeyState } from './tokens/signing-keys/key-states.ts'
export type { SigningKeyContext } from './tokens/signing-keys/key-upkeep.ts'
export { loadSigningKeys, type SigningKeys } from './tokens/signing-keys/signing-keys.ts'

/** What an authorization server is made of. */
export interface AuthorizationServerOptions {
  /** The issuer identifier, byte for byte as clients are to see it. */
  readonly issuer: string
  readonly settings: ServerSettings
  /** What tokens can be issued for. */
  readonly resources: readonly ProtectedResource[]
  readonly store: Store
  readonly vault: Vault
  readonly accounts: Accounts
  readonly keys: SigningKeys
  readonly platform: Platform
  /** What requests are counted in; this process, unless told. */
  readonly limits?: Limits
  /** Whether a client uses our errors to send browsers to its address; none does, unless told. */
  readonly holdsRedirects?: (clientId: string) => boolean
  /** The only way out: for client metadata documents. */
  readonly outwardFetch: OutwardFetch
  readonly onEvent: EventSink
}

/**
 * Makes an authorization server.
 *
 * @throws {ConfigError} if the issuer is not an https URL, or http on loopback.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749 | RFC 6749}
 */
export function createAuthorizationServer(
  options: AuthorizationServerOptions,
): AuthorizationServer {
  checkIssuer(options.issuer)
  const { holdsRedirects = () => false, limits = localLimits(options) } = options
  return serve({
    ...options,
    clients: createClients(options),
    clientKeys: createClientKeys(options),
    limits: makeLimits(limits, options.settings),
    replays: limits.replays,
    holdsRedirects,
  })
}

function makeLimits(limits: Limits, settings: ServerSettings): ServerLimits {
  const limiter = (name: string, perMinute: number, burst = perMinute) =>
    limits.rateLimiter(name, { perMinute, burst })
  const { token, introspect, authorize, clientFailures } = settings.limits
  const { perSource, perFingerprint } = settings.registration
  const { device } = settings
  return {
    token: limiter('token', token),
    introspect: limiter('introspect', introspect),
    authorize: limiter('authorize', authorize),
    clientFailures: limiter('client-failures', clientFailures),
    registrationSource: limiter('registration-source', perSource),
    registrationFingerprint: limiter('registration-fingerprint', perFingerprint),
    deviceSource: limiter('device-source', device.perSource),
    deviceClient: limiter('device-client', device.perClient),
    // People mistype; beyond five in a row they wait.
    wrongUserCodes: limiter('wrong-user-codes', device.wrongCodes, Math.min(5, device.wrongCodes)),
    wrongUserCodesOfAll: limiter('wrong-user-codes-of-all', device.wrongCodesOfAll),
  }
}

/**
 * What every part of the authorization server is handed.
 *
 * @module
 */

import type { Accounts } from '../accounts/index.ts'
import type { EventSink } from '../events.ts'
import type { RateLimiter, ReplayCache } from '../limits/index.ts'
import type { Platform } from '../platform.ts'
import type { ProtectedResource } from '../protocol/protected-resource.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/index.ts'
import type { ClientKeys } from './clients/client-keys.ts'
import type { Clients } from './clients/index.ts'
import type { ServerSettings } from './settings.ts'
import type { SigningKeys } from './tokens/signing-keys/signing-keys.ts'

/** The limiters of the server, one for each thing that is counted. */
export interface ServerLimits {
  readonly token: RateLimiter
  readonly introspect: RateLimiter
  readonly authorize: RateLimiter
  readonly clientFailures: RateLimiter
  readonly registrationSource: RateLimiter
  readonly registrationFingerprint: RateLimiter
  readonly deviceSource: RateLimiter
  readonly deviceClient: RateLimiter
  readonly wrongUserCodes: RateLimiter
  readonly wrongUserCodesOfAll: RateLimiter
}

/** The server's surroundings, fixed when it is made. */
export interface ServerContext {
  /** Byte for byte as configured; never derived from a request. */
  readonly issuer: string
  readonly settings: ServerSettings
  readonly platform: Platform
  readonly store: Store
  readonly vault: Vault
  readonly accounts: Accounts
  readonly clients: Clients
  readonly clientKeys: ClientKeys
  readonly keys: SigningKeys
  readonly resources: readonly ProtectedResource[]
  readonly limits: ServerLimits
  /** What may be presented once, and was. */
  readonly replays: ReplayCache
  /** Whether a client uses our errors to send browsers to its address. */
  holdsRedirects(clientId: string): boolean
  readonly onEvent: EventSink
}

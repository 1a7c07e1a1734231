/**
 * What a gateway is told when it is made.
 *
 * @module
 */

import type { EventSink } from '../events.ts'
import type { Guard } from '../guard/index.ts'
import type { Platform } from '../platform.ts'
import type { Revision } from '../protocol/mcp.ts'
import type { ScopeDescription } from '../protocol/protected-resource.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/index.ts'
import type { ElicitationLink } from './elicitations.ts'
import type { FindEmail, IdentityHeaders } from './identity.ts'
import type { ToolChanges, ToolPolicy } from './policy.ts'
import type { Timers } from './upstreams/child/index.ts'
import type { UpstreamOptions } from './upstreams/index.ts'
import type { TraceCall, UpstreamLimits } from './upstreams/upstream.ts'

/** One guarded server. Made from settings by {@link mountOptions}. */
export interface MountOptions {
  readonly name: string
  /** Where the mount is, and what tokens for it carry as `aud`, byte for byte. */
  readonly resource: string
  readonly upstream: UpstreamOptions
  readonly tools: ToolPolicy
  /** What becomes of a tool whose definition changes. */
  readonly toolChanges: ToolChanges
  /** What the scopes are, for who can be granted which. */
  readonly scopes: readonly ScopeDescription[]
  readonly identity: IdentityHeaders
  readonly maxRequestBytes: number
  /** The oldest revision spoken here. */
  readonly minRevision: Revision
  readonly limits: UpstreamLimits
}

/** What all mounts share. */
export interface GatewayContext {
  readonly platform: Platform
  readonly timers: Timers
  readonly allowedOrigins: ReadonlySet<string>
  readonly findEmail: FindEmail
  readonly elicitationLink: ElicitationLink | undefined
  readonly vault: Pick<Vault, 'hash' | 'matches'>
  readonly store: Store
  readonly onEvent: EventSink
}

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly mounts: readonly MountOptions[]
  /** The guard of a mount's resource. */
  guardFor(mount: MountOptions): Guard
  /** Origins whose pages may call; exact. Pages of the mounts' own origin may. */
  readonly allowedOrigins?: readonly string[]
  /** The address of a user, for identity headers that tell it. */
  readonly findEmail?: FindEmail
  /**
   * Where the users of clients are sent instead of an address that a server asks them to open. It
   * must lead there those for whom it was made, and nobody else; the server's own unless told.
   */
  readonly elicitationLink?: ElicitationLink
  /** Seals what callers bring back; a key of this process alone unless told. */
  readonly vault?: Pick<Vault, 'hash' | 'matches'>
  /** Keeps what tools were approved to be; the memory of this process alone unless told. */
  readonly store?: Store
  /** Stands around each call to a server at an address; nothing does unless told. */
  readonly trace?: TraceCall | undefined
  readonly platform?: Platform
  readonly timers?: Timers
  readonly onEvent?: EventSink
}

/**
 * What the rows of each table are.
 *
 * Times are milliseconds since the epoch. Secrets are never here in the clear: an `id` that is a
 * secret on the wire is a keyed hash, a private key is sealed, a password is an argon2id string.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import type { ClientMetadata } from '../protocol/client-metadata.ts'

/** A person. */
export interface User {
  readonly id: string
  /** Normalised; unique. */
  readonly email: string
  readonly passwordHash: string | null
  readonly roles: readonly string[]
  readonly createdAt: number
  readonly disabledAt: number | null
  /** Raised by a password change or a reset; sessions of an older epoch are dead. */
  readonly epoch: number
}

/** A browser's sign-in. `id` is the keyed hash of the cookie. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly epoch: number
  /** When the user last proved who they are. */
  readonly authTime: number
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** How often something was tried. `id` names what is counted. */
export interface Throttle {
  readonly id: string
  readonly attempts: number
  /** No attempt before this time. */
  readonly blockedUntil: number
  readonly expiresAt: number
}

/** A registered client. Metadata document clients are not here; see {@link ClientDocument}. */
export interface StoredClient {
  readonly id: string
  readonly registration: 'administrator' | 'dynamic'
  readonly metadata: ClientMetadata
  /** Keyed hash of the client secret; null for public clients. */
  readonly secretHash: string | null
  /** Digest of the metadata of a dynamic client, so that registering again finds it; unique. */
  readonly fingerprint: string | null
  /** Resources it may ask for; null for all that are known. */
  readonly resources: readonly string[] | null
  readonly createdAt: number
  readonly usedAt: number | null
  readonly verifiedAt: number | null
  readonly disabledAt: number | null
  readonly expiresAt: number | null
}

/** A fetched Client ID Metadata Document. `id` is its URL. */
export interface ClientDocument {
  readonly id: string
  readonly metadata: ClientMetadata
  readonly etag: string | null
  readonly fetchedAt: number
  /** Until when it is fresh. */
  readonly freshUntil: number
  /** Until when it may serve while its host is away. */
  readonly expiresAt: number
}

/** What a user has allowed a client at a resource and one address. `id` is the digest of the four. */
export interface Consent {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scopes: readonly string[]
  /** Where the client has codes sent. */
  readonly redirectHost: string
  readonly grantedAt: number
}

/** An authorization request waiting for its user. `id` is the keyed hash of the page's id. */
export interface Interaction {
  readonly id: string
  /** Keyed hash of the cookie of the browser that began it. */
  readonly browserHash: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | null
  readonly scopes: readonly string[]
  readonly resource: string
  readonly codeChallenge: string
  readonly nonce: string | null
  readonly prompt: readonly string[]
  /** Seconds. */
  readonly maxAge: number | null
  readonly loginHint: string | null
  readonly correlationId: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly finishedAt: number | null
}

/** An authorization code. `id` is the keyed hash of the code. */
export interface AuthorizationCode {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  /** The grant that redeeming it brings to life; chosen at issue, so that a replay can revoke it. */
  readonly familyId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly scopes: readonly string[]
  readonly resource: string
  readonly nonce: string | null
  readonly authTime: number
  readonly correlationId: string
  readonly failures: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
}

/** A device that waits until its user has answered elsewhere. `id` is the keyed hash of its code. */
export interface DeviceCode {
  readonly id: string
  /** Keyed hash of the code that the user enters; unique. */
  readonly userCodeHash: string
  readonly clientId: string
  /** What was asked for; once it is approved, what was allowed of it. */
  readonly scopes: readonly string[]
  readonly resource: string
  readonly correlationId: string
  /** Where it was asked from, for its user to see. */
  readonly address: string
  /** It goes from the first to the second or third, and from the second to the last. */
  readonly state: 'pending' | 'approved' | 'denied' | 'redeemed'
  /** The session that entered the user code first; no other may answer. */
  readonly sessionId: string | null
  /** Who approved it. */
  readonly userId: string | null
  readonly authTime: number | null
  /** The grant that redeeming it brings to life. */
  readonly familyId: string
  /** How long the device has to wait between two polls, in seconds. */
  readonly interval: number
  readonly polledAt: number | null
  readonly createdAt: number
  readonly expiresAt: number
  /** Until when it is told apart from a code that never was. */
  readonly keptUntil: number
}

/** What one authorization gave: a family of refresh tokens, of which one generation is live. */
export interface Family {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  readonly scopes: readonly string[]
  readonly resource: string
  readonly generation: number
  readonly authTime: number
  readonly correlationId: string
  readonly createdAt: number
  readonly rotatedAt: number
  /** Unused until this time, it dies. */
  readonly idleUntil: number
  readonly expiresAt: number
  readonly revokedAt: number | null
  readonly revokedBecause: string | null
}

/** A revocation that must outlive the access tokens it concerns. `id` is `jti:…` or `family:…`. */
export interface Revocation {
  readonly id: string
  readonly revokedAt: number
  readonly expiresAt: number
}

/** A key that signs, or will, or did. `id` is its `kid`. What it is now follows from its times. */
export interface SigningKey {
  readonly id: string
  readonly alg: string
  /** The public JWK. */
  readonly publicJwk: Readonly<Record<string, string>>
  /** The private JWK, sealed. */
  readonly sealedPrivateJwk: string
  readonly createdAt: number
  readonly signsFrom: number
  /** When its successor takes over; null while it has none. */
  readonly signsUntil: number | null
  /** The longest life of what it signs, in milliseconds. */
  readonly tokenLife: number
  /** When it was first seen to sign; only a record. */
  readonly activatedAt: number | null
  /** Since when nothing it signed is good, whatever the other times say. */
  readonly retiredAt: number | null
}

/** What an API key allows, and to whom. */
export interface ApiKeyAllowance {
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** The resources it is good for; null for all. */
  readonly resources: readonly string[] | null
  /** The networks it may be used from, in CIDR notation; null for all. */
  readonly networks: readonly string[] | null
  /** How often it may be used; null for as often as anything else. */
  readonly rate: { readonly perMinute: number; readonly burst: number } | null
}

/** An API key. `id` is part of it, and no secret. */
export interface ApiKey {
  readonly id: string
  /** What people call it. */
  readonly name: string
  /** Part of the key, so that one is never taken for the other. */
  readonly environment: 'live' | 'test'
  /** The user that it acts for; null if it acts for itself. */
  readonly owner: string | null
  /** Keyed hash of the whole key. */
  readonly hash: string
  /** Keyed hash of the key before it was rotated, which is good for a while. */
  readonly previousHash: string | null
  readonly previousUntil: number | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  /** When it was last used, to the minute; may be a little behind. */
  readonly usedAt: number | null
  /** Until when one that is over can still be seen; null while it is good for ever. */
  readonly keptUntil: number | null
  readonly allows: ApiKeyAllowance
}

/** What a server says a tool is: as it was approved, and as it is now if that is something else. */
export interface PinnedTool {
  /** The resource and the tool's name, with a space between. */
  readonly id: string
  readonly resource: string
  /** The name of the mount. */
  readonly server: string
  readonly tool: string
  /** SHA-256 of the definition that callers may be shown. */
  readonly approvedHash: string
  /** The definition itself; null if it is too large to be kept. */
  readonly approved: Readonly<Record<string, unknown>> | null
  /** SHA-256 of the definition that waits for an operator; null if the server shows the approved one. */
  readonly pendingHash: string | null
  readonly pending: Readonly<Record<string, unknown>> | null
  /** When it was first listed. */
  readonly seenAt: number
  /** When anything of this was last changed. */
  readonly changedAt: number
  /** When an operator last approved it; null while it is approved for having been there first. */
  readonly approvedAt: number | null
}

/** Something that may be presented once, and was. `id` is the digest of what makes it unique. */
export interface Replay {
  readonly id: string
  readonly expiresAt: number
}

/** A fact about this installation, such as its canary. */
export interface Fact {
  readonly id: string
  readonly value: string
}

/** An event as it is kept. `id` sorts by time. Rows are only added, and swept when they are over. */
export interface StoredEvent {
  readonly id: string
  readonly at: number
  readonly type: string
  readonly correlationId: string
  readonly event: WarderEvent
  readonly expiresAt: number
  /** Which process wrote it, while it ran; null if no journal did. */
  readonly stream: string | null
  /** Keyed hash of all of the above; null if no journal wrote it. */
  readonly mac: string | null
}

/** A seal that another one, or an anchor, points at: enough to tell whether it is still the same. */
export interface SealReference {
  readonly id: string
  readonly mac: string
  readonly expiresAt: number
}

/** What a seal says. */
export interface SealContent {
  /** The number, within its stream, of the first event below. */
  readonly first: number
  /** The seal before this one in its stream. */
  readonly previous: SealReference | null
  /** Events that were there when it was made, in the order they came to be known. */
  readonly events: readonly (readonly [id: string, expiresAt: number, mac: string])[]
  /** The last seals of other streams, at the time. */
  readonly others: readonly SealReference[]
  /** Whether the stream ended in order with this one. */
  readonly closing: boolean
}

/** One link of a stream's chain. `id` sorts by time. Rows are only added, and swept. */
export interface EventSeal {
  readonly id: string
  readonly at: number
  readonly stream: string
  /** Counts up from 0 within the stream. */
  readonly number: number
  readonly seal: SealContent
  readonly expiresAt: number
  /** Keyed hash of all of the above. */
  readonly mac: string
}

/** A process that records events. Kept so that others finish what it left if it was killed. */
export interface EventStream {
  readonly id: string
  readonly openedAt: number
  /** When it last said that it is alive. */
  readonly seenAt: number
  /** When it ended, or was found dead and finished by another. */
  readonly closedAt: number | null
  /** Its last seal; null before the first. */
  readonly head: SealReference | null
  readonly expiresAt: number
}

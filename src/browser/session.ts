/**
 * Who is signed in, and their tokens: an object in the memory of tabs, and in nothing else.
 *
 * @module
 */

import { isObject } from '../protocol/json-object.ts'
import type { TokenPlaces } from './server.ts'

/** Who signed in, as the server said in the ID token. */
export interface SignedInUser {
  readonly subject: string
  /** Its other claims. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Which session, and how often it was renewed. */
export interface SessionId {
  /** Sorts after those of sessions that began before. */
  readonly lineage: string
  readonly generation: number
}

/** A sign-in with its live tokens. */
export interface Session extends SessionId {
  readonly accessToken: string
  readonly tokenType: 'Bearer' | 'DPoP'
  /** When the access token is over, and from when on it is better renewed: milliseconds since the epoch. */
  readonly expiresAt?: number
  readonly renewAt?: number
  readonly refreshToken?: string
  readonly scopes: readonly string[]
  readonly user?: SignedInUser
  /** For the server, at sign-out. */
  readonly idToken?: string
  readonly places: TokenPlaces
}

/** Whether one is later than the other. Nothing is earlier than anything. */
export const isNewer = (one: SessionId, other: SessionId | undefined): boolean =>
  other === undefined ||
  one.lineage > other.lineage ||
  (one.lineage === other.lineage && one.generation > other.generation)

/** Whether what another tab said is a session: it may run another version of the application. */
export const isSession = (value: unknown): value is Session =>
  isObject(value) &&
  typeof value.lineage === 'string' &&
  typeof value.generation === 'number' &&
  typeof value.accessToken === 'string' &&
  (value.tokenType === 'Bearer' || value.tokenType === 'DPoP') &&
  Array.isArray(value.scopes) &&
  isObject(value.places)

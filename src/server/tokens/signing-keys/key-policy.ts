/**
 * What the settings say of signing keys, as durations in milliseconds.
 *
 * @module
 */

import type { ServerSettings } from '../../settings.ts'
import type { KeyKind } from './key-material.ts'

/** The settings that keys depend on. */
export type KeySettings = Pick<ServerSettings, 'signing' | 'ttl'>

/** How keys are made and when they change. */
export interface KeyPolicy extends KeyKind {
  /** How long a key signs. */
  readonly rotateEvery: number
  /** How long a key is published before it signs. */
  readonly lead: number
  /** The longest life of what is signed. */
  readonly tokenLife: number
}

/** How far the clocks of two processes may be apart: each off by a minute. */
export const CLOCKS_APART = 120_000

/** How long Warder's guards keep a key set, whatever its age says. */
const KEPT_BY_GUARDS = 300_000

/** The policy of the settings. A key that signs is in every copy of the key set, twice over. */
export function keyPolicy({ signing, ttl }: KeySettings): KeyPolicy {
  const { alg, rsaBits, rotateEvery, jwksMaxAge } = signing
  return {
    alg,
    rsaBits,
    rotateEvery: rotateEvery * 1000,
    lead: 2 * Math.max(jwksMaxAge * 1000, KEPT_BY_GUARDS) + CLOCKS_APART,
    tokenLife: ttl.accessToken * 1000,
  }
}

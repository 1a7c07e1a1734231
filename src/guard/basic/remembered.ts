/**
 * Passwords that were found right, for a while: hashing one costs a thousand times as much as the rest
 * of a request, and clients send it with every request.
 *
 * What is kept is a keyed hash, under a key that dies with the process. A wrong password is never
 * remembered, so that guesses go on being counted where passwords are checked.
 *
 * @module
 */

import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import type { Platform } from '../../platform.ts'
import { encodeBase64 } from '../../protocol/base64.ts'

/** What was found. */
export interface Found<T> {
  readonly value: T
  /** Whether it is still so. */
  readonly isCurrent?: () => Promise<boolean> | boolean
}

/** How much is remembered, and how long. */
export interface RememberedOptions {
  readonly platform: Platform
  /** In milliseconds; 0 remembers nothing. */
  readonly ttl: number
  readonly entries: number
}

/** Remembers what was found, and asks once for all who ask the same at once. */
export type Remembered<T> = (
  parts: readonly string[],
  ask: () => Promise<Found<T> | undefined>,
) => Promise<T | undefined>

/** Makes the memory. */
export function rememberedChecks<T>({ platform, ttl, entries }: RememberedOptions): Remembered<T> {
  const known = createBoundedMemory<Found<T> & { readonly since: number }>(entries)
  const asking = new Map<string, Promise<Found<T> | undefined>>()
  const digestOf = keyedDigest(platform)

  const askOnce = (digest: string, ask: () => Promise<Found<T> | undefined>) => {
    const others = asking.get(digest)
    if (others !== undefined) return others
    const asked = ask().finally(() => asking.delete(digest))
    asking.set(digest, asked)
    return asked
  }

  return async (parts, ask) => {
    const digest = await digestOf(parts)
    const before = known.get(digest)
    const age = platform.now() - (before?.since ?? Number.NEGATIVE_INFINITY)
    // A clock that was set back makes it ask again.
    const isFresh = before !== undefined && age >= 0 && age < ttl
    if (isFresh && ((await before.isCurrent?.()) ?? true)) return before.value
    const found = await askOnce(digest, ask)
    if (found !== undefined && ttl > 0) known.set(digest, { ...found, since: platform.now() })
    return found?.value
  }
}

/** HMAC under a key of this memory alone. Each part comes with its length, so that none can pose as two. */
function keyedDigest({ random }: Platform): (parts: readonly string[]) => Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new Uint8Array(random(32))
  const key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  return async (parts) => {
    const text = parts.map((part) => `${part.length}:${part}`).join('')
    const digest = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(text))
    return encodeBase64(new Uint8Array(digest))
  }
}

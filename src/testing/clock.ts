/**
 * A clock that stands still until told, and chance that repeats itself from run to run.
 *
 * @module
 */

import type { Platform } from '../platform.ts'

/** A {@link Platform} whose time is set by the test. */
export interface FakePlatform extends Platform {
  /** Moves time forward, or back if negative. */
  advance(milliseconds: number): void
  /** Sets the time, in milliseconds since the epoch. */
  set(milliseconds: number): void
}

/**
 * A platform for tests.
 *
 * The bytes follow from the seed and never repeat within a test, so that tokens differ from each
 * other and failures can be run again. They are no secret: not for use outside tests.
 *
 * @param start - The time it begins at, in milliseconds since the epoch.
 */
export function fakePlatform(start = Date.UTC(2026, 0, 1), seed = 1): FakePlatform {
  let time = start
  const next = splitmix32(seed)
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds
    },
    set: (milliseconds) => {
      time = milliseconds
    },
    random: (length) => {
      const words = Uint32Array.from({ length: Math.ceil(length / 4) }, next)
      return new Uint8Array(words.buffer, 0, length)
    },
  }
}

/** A counter through a bijective mixer: within its period of 2^32 no word comes twice. */
function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
}

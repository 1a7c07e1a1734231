/**
 * Which refusals are worth an event.
 *
 * What is not here, or not done so (404, 405), is nobody's decision. Who asks too often (429) is told
 * of once a minute: a flood must not become a flood of events.
 *
 * @module
 */

import type { OAuthError } from '../errors.ts'
import { createBoundedMemory } from '../limits/bounded-memory.ts'
import type { Platform } from '../platform.ts'

/** Whether to tell of a refusal, given the bucket of whoever was refused. */
export type Telling = (error: OAuthError, source: string) => boolean

const MINUTE = 60_000
const MAX_SOURCES = 10_000

interface TimeBySource {
  get(source: string): number | undefined
  set(source: string, at: number): void
}

/** Remembers of whom it was told. */
export function createTelling({ now }: Pick<Platform, 'now'>): Telling {
  const toldAt: TimeBySource = createBoundedMemory(MAX_SOURCES)
  return ({ status }, source) => {
    if (status === 404 || status === 405) return false
    if (status !== 429) return true
    if (now() - (toldAt.get(source) ?? Number.NEGATIVE_INFINITY) < MINUTE) return false
    toldAt.set(source, now())
    return true
  }
}

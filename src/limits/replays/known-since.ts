/**
 * Since when a replay cache knows everything, kept in the durable store.
 *
 * One row says where claims are kept and since when. Whoever keeps them elsewhere writes another,
 * later than it: what was presented before may be known only where it was kept before.
 *
 * @module
 */

import { insert, type Store, update } from '../../store/store.ts'

/** Where claims are kept, and since when everything presented is known there. */
export interface KnownSince {
  /** `store`, or the run of a Redis. */
  readonly place: string
  /** Milliseconds since the epoch; 0 if nothing was ever claimed before. What is not after it is unknown. */
  readonly at: number
}

const ID = 'replays'

/** Writes it as {@link parseKnownSince} reads it. */
export const formatKnownSince = ({ place, at }: KnownSince): string => `${at} ${place}`

/** Reads `AT PLACE`, if it is one. */
export function parseKnownSince(text: string | undefined): KnownSince | undefined {
  const match = /^(\d{1,16}) (\S*)$/.exec(text ?? '')
  return match === null ? undefined : { at: Number(match[1]), place: match[2] ?? '' }
}

/** What the store says, if it says anything. */
export async function findKnownSince(store: Store): Promise<KnownSince | undefined> {
  return parseKnownSince((await store.find('facts', { id: ID }))?.value)
}

/** Writes what is true from now on; `false` if another process wrote first. */
export function replaceKnownSince(
  store: Store,
  before: KnownSince | undefined,
  after: KnownSince,
): Promise<boolean> {
  const value = formatKnownSince(after)
  return store.write([
    before === undefined
      ? insert('facts', { id: ID, value })
      : update('facts', { id: ID, value: formatKnownSince(before) }, { value }),
  ])
}

/**
 * The streams of other processes: which were left unfinished, and where they stand.
 *
 * @module
 */

import { type Store, updateAll } from '../store/store.ts'
import type { EventSeal, EventStream, SealReference, StoredEvent } from '../store/tables.ts'
import { type Sealed, sealed } from './chain.ts'
import { type Hashes, isGenuineEvent } from './macs.ts'
import { type PageReader, rowsFrom } from './pages.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** A process that was silent for so long is taken for dead. To be wrong about it does no harm. */
const DEAD_AFTER = 5 * MINUTE

/** A change is written within this time of its event, whatever it had to wait for. */
const LATEST = 10 * MINUTE

/** Streams that one seal points at. */
const MOST_OTHERS = 20

/** Streams looked at in one go. */
const MOST_STREAMS = 10

/** Where the streams stand that were written to in the last day. */
export async function recentHeads(store: Store, now: number): Promise<readonly SealReference[]> {
  const recent = { seenAt: { above: now - DAY } }
  const streams = await store.list('eventStreams', recent, { limit: 500 })
  return streams
    .toSorted((a, b) => b.seenAt - a.seenAt)
    .flatMap(({ head }) => head ?? [])
    .slice(0, MOST_OTHERS)
}

/** Streams whose process ended without saying so. */
export const unfinishedStreams = (store: Store, now: number): Promise<readonly EventStream[]> =>
  store.list(
    'eventStreams',
    { closedAt: null, seenAt: { atMost: now - DEAD_AFTER } },
    { limit: MOST_STREAMS },
  )

/** Rows of a stream that no seal of its own lists. What is not genuine is left for whoever verifies. */
export async function unsealedRows(
  { id: stream, head, openedAt }: EventStream,
  { store, hashes }: { readonly store: Store; readonly hashes: Hashes },
): Promise<readonly Sealed[]> {
  const listed = new Set<string>()
  const last = head === null ? undefined : await store.find('eventSeals', { id: head.id })
  const from = (last?.at ?? openedAt) - LATEST
  const readSeals: PageReader<EventSeal> = (page) => store.list('eventSeals', { stream }, page)
  for await (const { seal } of rowsFrom(readSeals, from - LATEST)) {
    for (const [id] of seal.events) listed.add(id)
  }
  const found: Sealed[] = []
  const readEvents: PageReader<StoredEvent> = (page) => store.list('events', { stream }, page)
  for await (const row of rowsFrom(readEvents, from)) {
    const { mac } = row
    if (mac === null || listed.has(row.id) || !isGenuineEvent(row, hashes)) continue
    found.push(sealed({ ...row, mac }))
  }
  return found
}

/** Says that nothing of a stream is left to do, unless it has come back to life. */
export async function finishStream(
  { id, seenAt }: EventStream,
  store: Store,
  now: number,
): Promise<void> {
  await store.write([updateAll('eventStreams', { id, seenAt }, { closedAt: now })])
}

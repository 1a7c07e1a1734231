/**
 * What vouches for events and seals: keyed hashes over everything that their rows say.
 *
 * Keyed, so that whoever can write to the database cannot make them; and over the whole row, so that
 * a row can neither be changed nor stand in for another, in its stream or in a foreign one.
 *
 * @module
 */

import type { EventSeal, StoredEvent } from '../store/tables.ts'
import type { Vault } from '../vault/index.ts'

/** What makes and checks keyed hashes. */
export type Hashes = Pick<Vault, 'hash' | 'matches'>

/** The keyed hash of an event's row. */
export const eventMac = (row: Omit<StoredEvent, 'mac'>, hashes: Hashes): string =>
  hashes.hash('audit', ...eventParts(row))

/** Whether an event's row is as a journal wrote it. */
export const isGenuineEvent = (row: StoredEvent, hashes: Hashes): boolean =>
  row.mac !== null && hashes.matches('audit', row.mac, ...eventParts(row))

/** The keyed hash of a seal's row. */
export const sealMac = (row: Omit<EventSeal, 'mac'>, hashes: Hashes): string =>
  hashes.hash('audit', ...sealParts(row))

/** Whether a seal's row is as a journal wrote it. */
export const isGenuineSeal = (row: EventSeal, hashes: Hashes): boolean =>
  hashes.matches('audit', row.mac, ...sealParts(row))

/** The first part keeps events and seals apart. */
const eventParts = (row: Omit<StoredEvent, 'mac'>): readonly string[] => [
  'event',
  row.id,
  String(row.at),
  row.type,
  row.correlationId,
  canonical(row.event),
  String(row.expiresAt),
  row.stream ?? '',
]

const sealParts = (row: Omit<EventSeal, 'mac'>): readonly string[] => [
  'seal',
  row.id,
  String(row.at),
  row.stream,
  String(row.number),
  canonical(row.seal),
  String(row.expiresAt),
]

/** One text for a value, whatever order a database gives its members back in. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(byName))
      : member,
  )
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

/**
 * What vouches for events and seals: keyed hashes over everything that their rows say.
 *
 * Keyed, so that whoever can write to the database cannot make them; and over the whole row, so that
 * a row can neither be changed nor stand in for another, in its stream or in a foreign one.
 *
 * @module
 */

import type { EventSeal, SealReference, StoredEvent } from '../store/tables.ts'
import type { Vault } from '../vault/index.ts'

/** What makes and checks keyed hashes. */
export type Hashes = Pick<Vault, 'hash' | 'matches'>

/** The keyed hash of an event's row. */
export const eventMac = (row: Omit<StoredEvent, 'mac'>, hashes: Hashes): string =>
  hashes.hash('audit', 'event', eventText(row))

/** Whether an event's row is as a journal wrote it. */
export const isGenuineEvent = (row: StoredEvent, hashes: Hashes): boolean =>
  row.mac !== null && hashes.matches('audit', row.mac, 'event', eventText(row))

/** The keyed hash of a seal's row. */
export const sealMac = (row: Omit<EventSeal, 'mac'>, hashes: Hashes): string =>
  hashes.hash('audit', 'seal', sealText(row))

/** Whether a seal's row is as a journal wrote it. */
export const isGenuineSeal = (row: EventSeal, hashes: Hashes): boolean =>
  hashes.matches('audit', row.mac, 'seal', sealText(row))

/** Everything in a row, as one text. Stores keep JSON as text, so its members keep their order. */
const eventText = (row: Omit<StoredEvent, 'mac'>): string =>
  JSON.stringify([
    row.id,
    row.at,
    row.type,
    row.correlationId,
    row.event,
    row.expiresAt,
    row.stream,
  ])

const sealText = ({ id, at, stream, number, seal, expiresAt }: Omit<EventSeal, 'mac'>): string =>
  JSON.stringify([
    id,
    at,
    stream,
    number,
    seal.first,
    seal.previous && pointerText(seal.previous),
    seal.events,
    seal.others.map(pointerText),
    seal.closing,
    expiresAt,
  ])

const pointerText = ({ id, mac, expiresAt }: SealReference) => [id, mac, expiresAt]

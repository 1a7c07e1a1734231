/**
 * What the vault has kept for it. It knows no store; the store keeps these rows.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import type { StoredDataKey } from './data-key.ts'
import type { Place } from './sealing.ts'

/** A sealed value and where it lies. */
export interface SealedRecord {
  readonly place: Place
  readonly sealed: string
}

/** A sealed value and what is to stand in its place. */
export interface Resealed extends SealedRecord {
  readonly by: string
}

/** Makes the event of a change that concerned so many rows. */
export type EventOf = (count: number) => WarderEvent

/** Where data keys and sealed records are kept. Every change is conditional and records its event. */
export interface VaultRows {
  /** A word of the installation's beginning, hashed; there is none before its first start. */
  canary(): Promise<string | undefined>
  /** Every data key. */
  dataKeys(): Promise<readonly StoredDataKey[]>
  /** Keeps the canary and the first keys. @returns Whether there was no canary yet. */
  begin(canary: string, keys: readonly StoredDataKey[], event: WarderEvent): Promise<boolean>
  /** Keeps one more key. @returns Whether its id was free. */
  add(key: StoredDataKey, event: WarderEvent): Promise<boolean>
  /** Keeps a key as wrapped anew. @returns Whether it was still wrapped as `key` says. */
  rewrap(
    key: StoredDataKey,
    anew: Pick<StoredDataKey, 'kekId' | 'wrapped'>,
    event: WarderEvent,
  ): Promise<boolean>
  /** Every sealed record, some at a time. */
  sealed(): AsyncIterable<readonly SealedRecord[]>
  /** Replaces records. @returns How many of them were still as they were read. */
  reseal(records: readonly Resealed[], event: EventOf): Promise<number>
}

/**
 * Data keys: what seals and hashes, kept wrapped with a key-encryption key.
 *
 * So changing the key-encryption key, which people and key services handle, is to wrap a few keys
 * anew, and no record and no hash has to change.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { type NamedKey, namedKey } from './derive.ts'
import { openRecord, type Place, sealRecord, unreadable } from './sealing.ts'

/** `seal` keys seal records; the one `mac` key is what keyed hashes are derived from. */
export type DataKeyKind = 'seal' | 'mac'

/** A data key as it is kept. The newest of its kind is the one in use; the others still open. */
export interface StoredDataKey {
  /** Follows from the key. */
  readonly id: string
  readonly kind: DataKeyKind
  /** The key-encryption key that it is wrapped with. */
  readonly kekId: string
  /** The key itself, sealed. */
  readonly wrapped: string
  readonly createdAt: number
}

/** What a key is made with. */
interface Making {
  readonly kek: NamedKey
  readonly platform: Platform
  /** The keys there are: a new one is newer than each, whatever the clock says. */
  readonly others?: readonly StoredDataKey[]
}

/** Draws a key and wraps it. */
export function makeDataKey(
  kind: DataKeyKind,
  { kek, platform, others = [] }: Making,
): { readonly stored: StoredDataKey; readonly dataKey: NamedKey } {
  const bytes = platform.random(32)
  const dataKey = namedKey(bytes)
  const wrapped = sealRecord(bytes, kek, { place: placeOf(kind, dataKey.id), platform })
  const createdAt = Math.max(platform.now(), ...others.map((other) => other.createdAt + 1))
  return { stored: { id: dataKey.id, kind, kekId: kek.id, wrapped, createdAt }, dataKey }
}

/**
 * The key itself.
 *
 * @throws {WarderError} `vault_error` if the row was changed or is under another key.
 */
export function unwrapDataKey({ id, kind, wrapped }: StoredDataKey, kek: NamedKey): NamedKey {
  const place = placeOf(kind, id)
  const dataKey = namedKey(openRecord(wrapped, kek, place))
  if (dataKey.id !== id) throw unreadable(place, 'holds a key of another name')
  return dataKey
}

/**
 * The same key, wrapped with another.
 *
 * @throws {WarderError} `vault_error` if the row was changed or is not under `from`.
 */
export function rewrapDataKey(
  { id, kind, wrapped }: StoredDataKey,
  {
    from,
    to,
    platform,
  }: { readonly from: NamedKey; readonly to: NamedKey; readonly platform: Platform },
): Pick<StoredDataKey, 'kekId' | 'wrapped'> {
  const place = placeOf(kind, id)
  const bytes = openRecord(wrapped, from, place)
  return { kekId: to.id, wrapped: sealRecord(bytes, to, { place, platform }) }
}

/** Later keys first; of two that were made at once, all processes choose the same. */
export const newestFirst = (a: StoredDataKey, b: StoredDataKey): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)

/** A key of one kind cannot be taken for the other. */
const placeOf = (kind: DataKeyKind, id: string): Place => ({
  table: 'dataKeys',
  column: `wrapped.${kind}`,
  row: id,
})

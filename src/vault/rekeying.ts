/**
 * Changing keys while servers run: data keys are wrapped with another key-encryption key, or records
 * sealed under another data key.
 *
 * Every step is one conditional write, and what is left to do is read from the rows themselves. So it
 * may be stopped anywhere and begun again, and two at once do no harm. Data keys are never removed:
 * what a lost one has sealed is in old backups anyway, and there they are too.
 *
 * @module
 */

import { WarderError } from '../errors.ts'
import { eventMaker } from '../events.ts'
import { newCorrelationId } from '../platform.ts'
import {
  type DataKeyKind,
  makeDataKey,
  newestFirst,
  rewrapDataKey,
  type StoredDataKey,
} from './data-key.ts'
import type { NamedKey } from './derive.ts'
import type { KeyringContext } from './keyring.ts'
import type { SealedRecord } from './rows.ts'
import { keyIdOf, openRecord, sealRecord, unreadable } from './sealing.ts'
import type { DataKeys } from './vault.ts'

/** A key-encryption key, and how many data keys are under it. */
export interface KekStatus {
  readonly id: string
  readonly use: 'primary' | 'previous'
  readonly dataKeys: number
}

/** A data key, and how many stored records are under it. */
export interface DataKeyStatus {
  readonly id: string
  readonly kind: DataKeyKind
  readonly kekId: string
  readonly createdAt: number
  /** Whether it is the newest of its kind. */
  readonly newest: boolean
  readonly records: number
}

/** How far the installation's keys have come. */
export interface KeyStatus {
  readonly keks: readonly KekStatus[]
  readonly dataKeys: readonly DataKeyStatus[]
}

/** The ways to change keys. */
export interface Rekeying {
  status(): Promise<KeyStatus>
  /** Wraps every data key with the primary key-encryption key. @returns How many were not so yet. */
  rewrap(): Promise<number>
  /** Makes a new key for sealing. @returns Its id. */
  addDataKey(): Promise<string>
  /** Seals every stored record under the newest key. @returns How many were not so yet. */
  reseal(): Promise<number>
}

/** Changes the keys of a keyring. */
export function createRekeying(context: KeyringContext, keys: DataKeys): Rekeying {
  const { keks, rows, platform } = context
  const [primary] = keks
  const event = eventMaker(platform, newCorrelationId(platform))
  const stored = async () => (await rows.dataKeys()).toSorted(newestFirst)

  return {
    async status() {
      const [dataKeys, records] = [await stored(), await countRecords(context)]
      return statusOf(context, dataKeys, records)
    },
    async rewrap() {
      let done = 0
      for (const key of await stored()) {
        if (key.kekId === primary.id) continue
        const from = keks.find(({ id }) => id === key.kekId)
        if (from === undefined) throw new WarderError('vault_error', notGiven(key))
        const reason = `wrapped with ${primary.id} instead of ${from.id}`
        const rewrapped = event('datakey.rewrapped', { keyId: key.id, reason })
        const anew = rewrapDataKey(key, { from, to: primary, platform })
        if (await rows.rewrap(key, anew, rewrapped)) done += 1
      }
      return done
    },
    async addDataKey() {
      const others = await stored()
      const { stored: made } = makeDataKey('seal', { kek: primary, platform, others })
      const created = event('datakey.created', { keyId: made.id, reason: 'rekeying' })
      if (await rows.add(made, created)) return made.id
      throw new WarderError('vault_error', 'The new data key could not be kept. Try again.')
    },
    async reseal() {
      await keys.refresh()
      const newest = newestSealing(await stored(), keys)
      let done = 0
      for await (const records of rows.sealed()) {
        const old = records.filter(({ sealed }) => keyIdOf(sealed) !== newest.id)
        if (old.length === 0) continue
        const resealed = old.map((record) => {
          const plaintext = openWith(keys, record)
          const by = sealRecord(plaintext, newest, { place: record.place, platform })
          return { ...record, by }
        })
        done += await rows.reseal(resealed, (count) =>
          event('secret.resealed', { keyId: newest.id, count }),
        )
      }
      return done
    },
  }
}

function newestSealing(stored: readonly StoredDataKey[], keys: DataKeys): NamedKey {
  const row = stored.find(({ kind }) => kind === 'seal')
  const key = row && keys.find(row.id)
  if (key !== undefined) return key
  throw new WarderError('vault_error', row === undefined ? 'There is no data key.' : notGiven(row))
}

function openWith(keys: DataKeys, { place, sealed }: SealedRecord): Buffer {
  const id = keyIdOf(sealed)
  const key = id === undefined ? undefined : keys.find(id)
  if (key === undefined) throw unreadable(place, `data key ${id} is not to be had`)
  return openRecord(sealed, key, place)
}

async function countRecords({ rows }: KeyringContext): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for await (const records of rows.sealed()) {
    for (const { sealed } of records) {
      const id = keyIdOf(sealed) ?? ''
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  return counts
}

function statusOf(
  { keks: [primary, ...previous] }: KeyringContext,
  stored: readonly StoredDataKey[],
  records: ReadonlyMap<string, number>,
): KeyStatus {
  const under = (kek: NamedKey) => stored.filter(({ kekId }) => kekId === kek.id).length
  const newest = (['seal', 'mac'] as const).map(
    (kind) => stored.find((key) => key.kind === kind)?.id,
  )
  return {
    keks: [
      { id: primary.id, use: 'primary', dataKeys: under(primary) },
      ...previous.map((kek) => ({ id: kek.id, use: 'previous' as const, dataKeys: under(kek) })),
    ],
    dataKeys: stored.map(({ wrapped: _, ...key }) => ({
      ...key,
      newest: newest.includes(key.id),
      records: records.get(key.id) ?? 0,
    })),
  }
}

const notGiven = ({ id, kekId }: StoredDataKey) =>
  `The data key ${id} is under the key-encryption key ${kekId}, which was not given here.`

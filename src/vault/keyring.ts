/**
 * The data keys of an installation, unwrapped in memory.
 *
 * The first process on an empty store makes them. Every other one must have the key-encryption keys
 * that they are under, or it does not start: it would make keys that the others cannot read.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import { ConfigError } from '../errors.ts'
import { eventMaker } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import { makeDataKey, newestFirst, type StoredDataKey, unwrapDataKey } from './data-key.ts'
import type { NamedKey } from './derive.ts'
import { keyedHashes } from './keyed-hash.ts'
import type { VaultRows } from './rows.ts'
import type { DataKeys } from './vault.ts'

/** Key-encryption keys; the first is for what is wrapped from now on. */
export type Keks = readonly [NamedKey, ...NamedKey[]]

/** What a keyring leans on. */
export interface KeyringContext {
  readonly keks: Keks
  readonly rows: VaultRows
  readonly platform: Platform
}

/**
 * How long a new key rests before it seals, in milliseconds: longer than processes take to hear of
 * it, so that what one seals the others can open at once.
 */
const REST = 60_000

const WORD = 'warder-canary'

/** Data keys by their id. */
export class Keyring implements DataKeys {
  readonly mac: KeyObject
  readonly #context: KeyringContext
  /** Newest first. */
  #keys: readonly UnwrappedKey[] = []
  #reading: Promise<void> | undefined

  private constructor(context: KeyringContext, stored: readonly StoredDataKey[], canary: string) {
    this.#context = context
    this.#take(stored)
    this.mac = this.#macOf(canary)
  }

  /**
   * Reads the keys, making the first ones if the installation begins here.
   *
   * @throws {ConfigError} if a key-encryption key is missing, or the data keys are.
   */
  static async open(context: KeyringContext): Promise<Keyring> {
    const { rows, keks } = context
    const found = await rows.dataKeys()
    if (found.length === 0 && (await rows.canary()) === undefined) await begin(context)
    // Another process may have begun the installation at the same moment; its keys count.
    const [stored, canary] = [await rows.dataKeys(), await rows.canary()]
    if (stored.length === 0 || canary === undefined) throw notItsOwn()
    checkKeks(stored, keks)
    return new Keyring(context, stored, canary)
  }

  current(): NamedKey {
    const now = this.#context.platform.now()
    const keys = this.#keys.filter(({ stored }) => stored.kind === 'seal')
    const used = keys.find(({ stored }) => stored.createdAt + REST <= now) ?? keys.at(-1)
    if (used === undefined) throw notItsOwn()
    return used.key
  }

  find(id: string): NamedKey | undefined {
    return this.#keys.find(({ stored }) => stored.kind === 'seal' && stored.id === id)?.key
  }

  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    this.#take(await this.#context.rows.dataKeys())
  }

  /** Unwraps what can be; what is known need not be, whatever it has been wrapped with since. */
  #take(stored: readonly StoredDataKey[]): void {
    const known = new Map(this.#keys.map(({ key }) => [key.id, key]))
    const { keks } = this.#context
    this.#keys = stored.toSorted(newestFirst).flatMap((row) => {
      const kek = keks.find(({ id }) => id === row.kekId)
      const key = known.get(row.id) ?? (kek && unwrapDataKey(row, kek))
      return key === undefined ? [] : [{ stored: row, key }]
    })
  }

  /** The key that the installation began with: no other makes its canary. */
  #macOf(canary: string): KeyObject {
    const keys = this.#keys.filter(({ stored }) => stored.kind === 'mac')
    const found = keys.find(({ key }) => keyedHashes(key.key).matches('canary', canary, WORD))
    if (found === undefined) throw notItsOwn()
    return found.key.key
  }
}

interface UnwrappedKey {
  readonly stored: StoredDataKey
  readonly key: NamedKey
}

async function begin({ keks: [kek], rows, platform }: KeyringContext): Promise<void> {
  const mac = makeDataKey('mac', { kek, platform })
  const seal = makeDataKey('seal', { kek, platform })
  const canary = keyedHashes(mac.dataKey.key).hash('canary', WORD)
  const event = eventMaker(platform, newCorrelationId(platform))
  const reason = 'the installation begins'
  const created = event('datakey.created', { keyId: seal.stored.id, reason })
  await rows.begin(canary, [mac.stored, seal.stored], created)
}

/** @throws {ConfigError} if a data key is under a key-encryption key that was not given. */
function checkKeks(stored: readonly StoredDataKey[], keks: Keks): void {
  const isGiven = ({ kekId }: StoredDataKey) => keks.some(({ id }) => id === kekId)
  const lost = stored.filter((key) => !isGiven(key))
  const [first] = lost
  if (first === undefined) return
  if (lost.length === stored.length) {
    throw new ConfigError(
      'vault.kek',
      `is not the key that this data was sealed with: that is ${first.kekId}, this is ${keks[0].id}.`,
      'Bring back the key of the first start, or the one of the last rekeying; or begin anew with an empty store.',
    )
  }
  throw new ConfigError(
    'vault.previousKeks',
    `lacks the key ${first.kekId}, which ${lost.length} data keys are still under.`,
    'Put it back, run “warder rekey”, and take it out when that says so.',
  )
}

const notItsOwn = () =>
  new ConfigError(
    'store',
    'its data keys are missing, or are those of another installation.',
    'Restore them from the backup that the rest of the store is from. None are made in their place.',
  )

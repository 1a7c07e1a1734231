/** The keys of several processes on one store, each with a clock of its own. */

import {
  type KeyAdministration,
  keyAdministration,
  loadSigningKeys,
  type SigningKeys,
  serverSettings,
} from 'warder/server'
import { observedStore, type Store } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { createVault, Secret, type Vault } from 'warder/vault'
import type { WarderEvent } from '../../src/events.ts'
import { testStore } from './test-store.ts'

const START = Date.UTC(2026, 0, 1)

/** What one process has of the keys. */
export interface KeyProcess {
  readonly keys: SigningKeys
  readonly administration: KeyAdministration
  readonly platform: FakePlatform
}

export interface KeyRigOptions {
  /** Of the section `server`. */
  readonly settings?: unknown
  readonly store?: Store
  /** How far each process's clock is ahead, in milliseconds. One process on time unless told. */
  readonly ahead?: readonly number[]
}

export interface JoinOptions {
  /** Of the section `server`; those of the rig unless told. */
  readonly settings?: unknown
  /** How far its clock is ahead, in milliseconds. */
  readonly ahead?: number
}

/** Processes that share a store and a vault. */
export interface KeyRig {
  readonly processes: readonly KeyProcess[]
  /** The first of the processes. */
  readonly first: KeyProcess
  readonly store: Store
  readonly vault: Vault
  readonly events: WarderEvent[]
  /** Another process, told other settings if it must be. */
  join(options?: JoinOptions): Promise<KeyProcess>
  /** Lets time pass for all of them; each follows the keys at the end of it. */
  pass(seconds: number): Promise<void>
  /** The types of the events about keys, in their order. */
  said(): readonly string[]
}

export async function keyRig(options: KeyRigOptions = {}): Promise<KeyRig> {
  const events: WarderEvent[] = []
  const store = observedStore(
    options.store ?? (await testStore()),
    (event) => void events.push(event),
  )
  const vault = createVault(new Secret(new Uint8Array(32).fill(7)))
  let elapsed = 0
  let joined = 0
  const join = async (joining: JoinOptions = {}) => {
    joined += 1
    const platform = fakePlatform(START + elapsed + (joining.ahead ?? 0), joined)
    const settings = serverSettings.parse(joining.settings ?? options.settings ?? {})
    const context = { store, vault, platform, settings }
    const keys = await loadSigningKeys(context)
    return { keys, platform, administration: keyAdministration(context, keys) }
  }
  // At the same time, as when several processes are started on an empty store.
  const processes = await Promise.all((options.ahead ?? [0]).map((ahead) => join({ ahead })))
  const [first] = processes
  if (first === undefined) throw new Error('There must be a process.')
  return {
    ...{ processes, first, store, vault, events },
    async join(joining) {
      const latest = await join(joining)
      processes.push(latest)
      return latest
    },
    async pass(seconds) {
      elapsed += seconds * 1000
      for (const { platform } of processes) platform.advance(seconds * 1000)
      await Promise.all(processes.map(({ keys }) => keys.follow()))
    },
    said: () => events.map(({ type }) => type).filter((type) => type.startsWith('key.')),
  }
}

/** The ids of the keys that are served, in their order. */
export const servedIds = ({ keys }: KeyProcess) => keys.jwks().keys.map(({ kid }) => kid)

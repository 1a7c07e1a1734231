/** Processes that record into one store, and hands that tamper with what they recorded. */

import { auditSettings, createJournal, type Journal, verifyLog } from 'warder/journal'
import { removeAll, type Store, update } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { createVault, Secret } from 'warder/vault'
import { eventMaker, type WarderEvent } from '../../src/events.ts'
import { testStore } from './test-store.ts'

/** The key that only the processes have. */
export const vault = createVault(new Secret(new Uint8Array(32).fill(7)))

/** A process that records. */
export interface Process {
  readonly journal: Journal
  /** The store, as its rooms are given it. */
  readonly store: Store
  /** What listeners were told. */
  readonly told: WarderEvent[]
  readonly warnings: string[]
  /** Records that a tool was called, which changes nothing. */
  call(tool: string): WarderEvent
  /** Keeps a fact, which is a change, with its event. */
  keep(id: string): Promise<boolean>
  /** How long it meant to wait each time, in milliseconds. */
  readonly delays: readonly number[]
  /** Lets its timers come due. */
  wait(): Promise<void>
}

/** Processes on one store, with one clock. */
export interface Processes {
  readonly store: Store
  readonly platform: FakePlatform
  start(settings?: unknown, store?: Store): Process
  verify(anchors?: readonly string[]): ReturnType<typeof verifyLog>
}

/** Makes an installation with no process yet. */
export async function processes(given?: Store): Promise<Processes> {
  const store = given ?? (await testStore())
  const platform = fakePlatform()
  return {
    store,
    platform,
    start: (settings = {}, own = store) => start(own, { platform, settings }),
    verify: (anchors = []) => verifyLog({ store, hashes: vault, platform, anchors }),
  }
}

function start(
  raw: Store,
  { platform, settings }: { readonly platform: FakePlatform; readonly settings: unknown },
): Process {
  const told: WarderEvent[] = []
  const warnings: string[] = []
  const due = new Set<() => void>()
  const delays: number[] = []
  const journal = createJournal({
    platform,
    settings: auditSettings.parse(settings),
    onEvent: (event) => void told.push(event),
    timers: {
      after(milliseconds, run) {
        delays.push(milliseconds)
        due.add(run)
        return () => due.delete(run)
      },
    },
    upkeep: false,
    onWarning: (warning) => void warnings.push(warning),
  })
  const store = journal.attach(raw)
  journal.unlock(vault)
  const event = eventMaker(platform, 'flow')
  return {
    ...{ journal, store, told, warnings, delays },
    call(tool) {
      platform.advance(1)
      const called = event('tool.called', { tool })
      journal.record(called)
      return called
    },
    keep(id) {
      platform.advance(1)
      const change = { verb: 'insert', table: 'facts', row: { id, value: '' } } as const
      return store.write([change], [event('client.registered', { clientId: id })])
    },
    async wait() {
      const runs = [...due]
      due.clear()
      for (const run of runs) run()
      await journal.flush()
    },
  }
}

/** The rows of a table, in the order of their ids. */
export const rowsOf = <T extends 'events' | 'eventSeals' | 'eventStreams'>(
  store: Store,
  table: T,
) => store.list(table, {}, { limit: 10_000 })

/** Changes an event's row as somebody does who can write to the database. */
export const tamper = (store: Store, id: string, set: Parameters<typeof update<'events'>>[2]) =>
  store.write([update('events', { id }, set)])

/** Deletes a row as somebody does who can write to the database. */
export const erase = (store: Store, table: 'events' | 'eventSeals' | 'eventStreams', id: string) =>
  store.write([removeAll(table, { id })])

/**
 * What is looked at when somebody asks for the numbers.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { ailmentNames, type Health } from '../health.ts'
import type { Lag } from '../lag.ts'
import { counter, gauge, type Labels, type Written } from './series.ts'

/** What is looked at. */
export interface Sources {
  readonly health: Pick<Health, 'ailments'>
  readonly lag: Lag
  /** Passwords that are being hashed, and wait to be. */
  readonly hashing: { readonly depth: { readonly running: number; readonly waiting: number } }
  /** The audit log, and what waits to be written to it. */
  readonly journal: { readonly waiting: number }
  readonly keys: {
    list(): Promise<readonly { readonly state: string; readonly signsFrom: number }[]>
  }
  readonly platform: Platform
}

/** Every number that is looked at. */
export const gauges = (sources: Sources): readonly Written[] => [
  readiness(sources),
  hashes(sources),
  unwritten(sources),
  keyAge(sources),
  lateness(sources),
  ...resources(),
]

const none = {} satisfies Labels

function readiness({ health }: Sources): Written {
  const failing = gauge({
    name: 'warder_failing',
    help: 'What /readyz says is wrong.',
    labels: { check: ailmentNames },
  })
  return {
    async write() {
      const ailments: readonly string[] = await health.ailments()
      for (const check of ailmentNames) failing.set({ check }, ailments.includes(check) ? 1 : 0)
      return failing.write()
    },
  }
}

function hashes({ hashing }: Sources): Written {
  const states = ['running', 'waiting']
  const passwords = gauge({
    name: 'warder_password_hashes',
    help: 'Passwords that are being hashed, and that wait to be.',
    labels: { state: states },
  })
  return {
    write() {
      const { running, waiting } = hashing.depth
      passwords.set({ state: 'running' }, running)
      passwords.set({ state: 'waiting' }, waiting)
      return passwords.write()
    },
  }
}

function unwritten({ journal }: Sources): Written {
  const events = gauge({
    name: 'warder_journal_waiting',
    help: 'Events that wait to be written to the audit log.',
    labels: none,
  })
  return {
    write() {
      events.set({}, journal.waiting)
      return events.write()
    },
  }
}

function keyAge({ keys, platform }: Sources): Written {
  const age = gauge({
    name: 'warder_signing_key_age_seconds',
    help: 'How long the key has signed that signs now.',
    labels: none,
  })
  return {
    async write() {
      // While the store is away the last age is better than none.
      const all = await keys.list().catch(() => [])
      const current = all.find(({ state }) => state === 'current')
      if (current !== undefined) age.set({}, (platform.now() - current.signsFrom) / 1000)
      return age.write()
    },
  }
}

function lateness({ lag }: Sources): Written {
  const late = gauge({
    name: 'warder_event_loop_lag_seconds',
    help: 'How late the process is with what has arrived, by the event loop and by those who wait in it.',
    labels: none,
  })
  return {
    write() {
      late.set({}, lag.latest() / 1000)
      return late.write()
    },
  }
}

/** Under the names that every exporter gives them. */
function resources(): readonly Written[] {
  const memory = gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    labels: none,
  })
  const cpu = counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    labels: none,
  })
  let told = 0
  return [
    {
      write() {
        memory.set({}, process.memoryUsage.rss())
        return memory.write()
      },
    },
    {
      write() {
        const { user, system } = process.cpuUsage()
        const seconds = (user + system) / 1_000_000
        cpu.add({}, seconds - told)
        told = seconds
        return cpu.write()
      },
    },
  ]
}

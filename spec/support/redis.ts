/**
 * A Redis for the tests of one file, and limits in it: each `process` is a connection with limits of
 * its own, as another process would have.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Limits, limitsSettings, openLimits } from 'warder/limits'
import type { Store } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { type RedisOptions, type Service, startRedis } from '../../scripts/services/index.mjs'
import type { WarderEvent } from '../../src/events.ts'
import { onServers } from './servers.ts'
import { testStore } from './test-store.ts'

export interface ProcessOptions {
  /** Another URL than the server's. */
  readonly url?: string
  /** What the processes share; a store of its own unless told. */
  readonly store?: Store
  readonly platform?: FakePlatform
  readonly settings?: Readonly<Record<string, unknown>>
}

/** Limits as one process has them, and what it said. */
export interface LimitsProcess {
  readonly limits: Limits
  readonly store: Store
  readonly platform: FakePlatform
  readonly events: WarderEvent[]
  readonly warnings: string[]
}

/** Starts a Redis before the tests of this file, and ends it after them. */
export function redisForTests(options: RedisOptions = {}) {
  let server: Service | undefined
  const opened: Limits[] = []
  let processes = 0
  const service = (): Service => {
    if (server === undefined) throw new Error('Redis is there while tests run.')
    return server
  }

  beforeAll(async () => {
    if (onServers) server = await startRedis(options)
  })
  afterEach(async () => {
    for (const limits of opened.splice(0)) await limits.close()
  })
  afterAll(() => server?.stop())

  /** At once: what the service sends goes by its supervisor. */
  const signal = (name: NodeJS.Signals) => {
    const { pid } = service()
    if (pid !== undefined) process.kill(pid, name)
  }

  /** Sends a command as somebody else. */
  const command = async (...args: string[]): Promise<unknown> => {
    const client = createClient({ url: service().url })
    await client.connect()
    try {
      const answer: unknown = await client.sendCommand(args)
      return answer
    } finally {
      client.destroy()
    }
  }

  return {
    service,
    command,

    /** Does something while the server hangs. */
    async whileFrozen<T>(act: () => Promise<T>): Promise<T> {
      signal('SIGSTOP')
      return act().finally(() => signal('SIGCONT'))
    },

    /** Opens limits, with a clock that agrees with the server's. */
    async process(told: ProcessOptions = {}): Promise<LimitsProcess> {
      // Each has its own chance, or all would choose one name.
      const { store = await testStore(), platform = fakePlatform(Date.now(), ++processes) } = told
      const events: WarderEvent[] = []
      const warnings: string[] = []
      const limits = await openLimits({
        ...{ store, platform, installation: 'https://as.test' },
        url: told.url ?? service().url,
        // However busy the machine is, Redis is away only in tests that say so.
        settings: limitsSettings.parse({ timeout: 5_000, ...told.settings }),
        onEvent: (event) => void events.push(event),
        onWarning: (warning) => void warnings.push(warning),
      })
      opened.push(limits)
      return { limits, store, platform, events, warnings }
    },

    /** Lets time pass for what Redis counts: its own clock cannot be set. */
    async advance(milliseconds: number): Promise<void> {
      const keys = await command('KEYS', '*:rate:*')
      for (const key of Array.isArray(keys) ? keys.map(String) : []) {
        const fullAt = Number(await command('GET', key))
        await command('SET', key, String(fullAt - milliseconds), 'KEEPTTL')
      }
    },
  }
}

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** Polls until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ten seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What orchestrators and load balancers rely on. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder } from 'warder'
import { createHealth, type HealthCheck, healthChecks } from 'warder/operations'
import { memoryStore, StoreUnavailable } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import type { Timers } from '../src/timers.ts'
import { testStore } from './support/test-store.ts'

const ISSUER = 'http://localhost:4000'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function open(warnings: string[] = []) {
  const data = mkdtempSync(join(tmpdir(), 'warder-'))
  const settings = { issuer: ISSUER, data, store: { url: 'memory:' } }
  const onWarning = (warning: string) => void warnings.push(warning)
  const warder = await createWarder(settings, { onWarning })
  undo.push(
    () => rmSync(data, { recursive: true }),
    () => warder.close(),
  )
  return warder
}

/** Timers that go off when the test says so. */
function manualTimers(): Timers & { fire(): void } {
  const waiting = new Set<() => void>()
  return {
    after(_, run) {
      waiting.add(run)
      return () => void waiting.delete(run)
    },
    fire() {
      for (const run of waiting) run()
    },
  }
}

/** A store's health in a test's own time. */
function watched(check: HealthCheck['check']) {
  const platform = fakePlatform()
  const timers = manualTimers()
  const told: string[] = []
  const health = createHealth({
    checks: [{ name: 'store', check }],
    platform,
    timers,
    onChange: (sentence) => told.push(sentence),
  })
  return { health, platform, timers, told }
}

const away = async () => {
  throw new StoreUnavailable({ detail: 'connect ECONNREFUSED 10.0.0.7:5432' })
}

describe('The health endpoints', () => {
  it('/livez and /readyz are answered under any name, and are never stored', async () => {
    const warder = await open()
    for (const path of ['/livez', '/readyz']) {
      for (const host of ['localhost:4000', '10.1.2.3:8080', 'evil.test']) {
        const request = new Request(`http://${host}${path}?x=1`, { headers: { host } })
        const answer = await warder.fetch(request)
        expect(answer.status, `${host}${path}`).toBe(200)
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expect(await answer.json()).toEqual({ status: 'ok' })
      }
      const posted = await warder.fetch(new Request(ISSUER + path, { method: 'POST' }))
      expect(posted.status).toBe(405)
      const head = await warder.fetch(new Request(ISSUER + path, { method: 'HEAD' }))
      expect(head.status).toBe(200)
    }
  })

  it('GW-16 they are the only paths that go by no name, and tell nothing of the server', async () => {
    const warder = await open()
    for (const path of ['/livez/', '/LIVEZ', '/readyz/x', '//readyz', '/metrics', '/health']) {
      const request = new Request(`http://evil.test${path}`, { headers: { host: 'evil.test' } })
      expect((await warder.fetch(request)).status, path).toBe(421)
    }
  })

  it('FT-16 /readyz names a store that is lost, /livez does not care, and why is for the log', async () => {
    const warnings: string[] = []
    const warder = await open(warnings)
    await warder.store.close()
    const ready = await warder.fetch(new Request(`${ISSUER}/readyz`))
    expect(ready.status).toBe(503)
    expect(ready.headers.get('retry-after')).toBe('1')
    expect(await ready.json()).toEqual({ status: 'unavailable', failing: ['store'] })
    expect((await warder.fetch(new Request(`${ISSUER}/livez`))).status).toBe(200)
    expect(warnings.at(-1)).toBe('Not ready: store (the store was closed).')
  })

  it('FT-28 /readyz is red before anything else happens when the server is to stop', async () => {
    const warder = await open()
    warder.operations.health.leave()
    const ready = await warder.fetch(new Request(`${ISSUER}/readyz`))
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', failing: ['stopping'] },
    ])
    expect((await warder.fetch(new Request(`${ISSUER}/livez`))).status).toBe(200)
    const jwks = await warder.fetch(new Request(`${ISSUER}/.well-known/jwks.json`))
    expect(jwks.status).toBe(200)
  })
})

describe('Health', () => {
  it('FT-16 looks at most once a second, however often it is asked', async () => {
    let looks = 0
    const { health, platform } = watched(() => void looks++)
    await Promise.all(Array.from({ length: 100 }, () => health.ailments()))
    platform.advance(999)
    await health.ailments()
    expect(looks).toBe(1)
    platform.advance(1)
    await Promise.all(Array.from({ length: 100 }, () => health.ailments()))
    expect(looks).toBe(2)
    // A clock that is set back does not keep what was seen for ever.
    platform.advance(-3_600_000)
    await health.ailments()
    expect(looks).toBe(3)
  })

  it('FT-16 is red when a store does not answer in time, and green with its next answer', async () => {
    let check: HealthCheck['check'] = () => new Promise(() => {})
    const { health, platform, timers, told } = watched(() => check())
    const asked = health.ailments()
    await Promise.resolve()
    timers.fire()
    expect(await asked).toEqual(['store'])
    check = () => {}
    expect(await health.ailments()).toEqual(['store'])
    platform.advance(1_000)
    expect(await health.ailments()).toEqual([])
    expect(told).toEqual(['Not ready: store (no answer in 900 ms).', 'Ready again.'])
  })

  it('tells of a change once', async () => {
    const { health, platform, told } = watched(away)
    for (let looks = 0; looks < 5; looks++) {
      await health.ailments()
      platform.advance(1_000)
    }
    expect(told).toEqual(['Not ready: store (connect ECONNREFUSED 10.0.0.7:5432).'])
  })

  it.each([
    ['migrations', { pendingMigrations: async () => ['0002-next'] }, 'the tables lack 0002-next'],
    ['keys', {}, 'no key signs'],
    ['journal', {}, 'cannot be written'],
  ])('sees what is wrong with %s', async (name, added, reason) => {
    const told: string[] = []
    const store = { ...pick(memoryStore()), ...added }
    const signer = () => {
      if (name === 'keys') throw new Error('no key signs')
    }
    const checks = healthChecks({
      store,
      keys: { signer },
      journal: { isRefusing: () => name === 'journal' },
    })
    const health = createHealth({ checks, onChange: (sentence) => told.push(sentence) })
    expect(await health.ailments()).toEqual([name])
    expect(told).toEqual([expect.stringContaining(reason)])
  })

  it('calls a store that is away by that name only', async () => {
    const store = { ...pick(memoryStore()), list: away, pendingMigrations: away }
    const checks = healthChecks({
      store,
      keys: { signer: () => {} },
      journal: { isRefusing: () => false },
    })
    const health = createHealth({ checks, onChange: () => {} })
    expect(await health.ailments()).toEqual(['store'])
  })

  it('finds nothing wrong with the store that the tests use', async () => {
    const checks = healthChecks({
      store: await testStore(),
      keys: { signer: () => {} },
      journal: { isRefusing: () => false },
    })
    expect(await createHealth({ checks, onChange: () => {} }).ailments()).toEqual([])
  })
})

/** The verbs of a store as members of its own, so that some can be put in the place of others. */
const pick = (store: ReturnType<typeof memoryStore>): ReturnType<typeof memoryStore> => ({
  find: (table, where) => store.find(table, where),
  list: (table, where, page) => store.list(table, where, page),
  write: (changes, events) => store.write(changes, events),
  sweep: (now, limit) => store.sweep(now, limit),
  close: () => store.close(),
})

/** More requests than can be answered. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder } from 'warder'
import { createLoad, type Importance, lagMeter, noLag } from 'warder/operations'
import type { Timers } from '../src/timers.ts'

const ISSUER = 'http://localhost:4000'
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

/** A server that may do one thing at once. */
async function narrow() {
  const data = mkdtempSync(join(tmpdir(), 'warder-'))
  const warder = await createWarder({
    ...{ issuer: ISSUER, data, store: { url: 'memory:' } },
    mcp: { files: { url: 'http://127.0.0.1:9/mcp' } },
    operations: { load: { requests: 1, calls: 1, delay: 10_000 } },
  })
  undo.push(
    () => rmSync(data, { recursive: true }),
    () => warder.close(),
  )
  return warder
}

/** A request whose body says how much of it was read, and never ends. */
function slowly(path: string) {
  const read = { chunks: 0 }
  let cut = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        read.chunks += 1
        cut = () => controller.error(new Error('gone'))
        controller.enqueue(new TextEncoder().encode('x'))
        return new Promise<void>(() => {})
      },
    },
    { highWaterMark: 0 },
  )
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const init = { method: 'POST', body, headers, duplex: 'half' }
  return { request: new Request(ISSUER + path, init), read, cut: () => cut() }
}

/** A meter of lag, on a clock and a timer that the test has in its hands. */
function meter() {
  let now = 1_000
  let pending: (() => void) | undefined
  let arrive = () => {}
  let ended = () => {}
  /** Those who are before the timer in the gathering are dealt with. */
  const gathered = () =>
    new Promise<void>((resolve) => {
      arrive = resolve
    })
  const timers: Timers = {
    after(milliseconds, run) {
      if (milliseconds === 0) ended = run
      else pending = run
      return () => {}
    },
  }
  return {
    lag: lagMeter(gathered, { timers, monotonic: () => now }),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    /** The timer goes off; then those go on who wait already, and those who go on with it. */
    endRound: async ({ waiting = 0, meanwhile = () => {}, together = 0 } = {}) => {
      pending?.()
      pending = undefined
      meanwhile()
      now += waiting
      arrive()
      await Promise.resolve()
      now += together
      ended()
    },
    isArmed: () => pending !== undefined,
  }
}

describe('Overload', () => {
  it('FT-30 what is too much is answered 503 at once, and its body is not read', async () => {
    const warder = await narrow()
    const first = slowly('/token')
    const answering = warder.fetch(first.request)
    await expect.poll(() => first.read.chunks).toBeGreaterThan(0)

    const second = slowly('/token')
    const begun = performance.now()
    const refused = await warder.fetch(second.request)
    expect(performance.now() - begun).toBeLessThan(50)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toMatch(/^[123]$/)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    // What is not read would be in the way of the next request of its connection.
    expect(refused.headers.get('connection')).toBe('close')
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect(second.read.chunks).toBe(0)

    first.cut()
    expect((await answering).status).toBe(400)
    const after = await warder.fetch(new Request(`${ISSUER}/token`, { method: 'POST' }))
    expect(after.status).toBe(400)
  })

  it('FT-30 keys, metadata and health are answered all the same', async () => {
    const warder = await narrow()
    const first = slowly('/token')
    const answering = warder.fetch(first.request)
    await expect.poll(() => first.read.chunks).toBeGreaterThan(0)
    for (const path of [
      '/livez',
      '/readyz',
      '/.well-known/jwks.json',
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource/mcp/files',
    ]) {
      expect((await warder.fetch(new Request(ISSUER + path))).status, path).toBe(200)
    }
    const page = await warder.fetch(new Request(`${ISSUER}/authorize`))
    expect(page.status).toBe(503)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await page.text()).toContain('id="error" data-code="temporarily_unavailable"')
    // Calls have room of their own.
    const call = await warder.fetch(new Request(`${ISSUER}/mcp/files`, { method: 'POST' }))
    expect(call.status).toBe(401)
    first.cut()
    await answering
  })

  it('FT-30 what matters less is turned away first', () => {
    const load = createLoad({ requests: 10, calls: 10, delay: 100 }, noLag)
    const enter = (importance: Importance, times: number) =>
      Array.from({ length: times }, () => load.enter(importance)).filter(Boolean).length
    expect(enter('rest', 20)).toBe(6)
    expect(enter('pages', 20)).toBe(2)
    expect(enter('tokens', 20)).toBe(2)
    expect(enter('always', 20)).toBe(20)
    expect(enter('calls', 20)).toBe(10)
    expect(load.underWay).toEqual({ requests: 10, calls: 10 })
  })

  it('FT-30 whoever was answered makes room', () => {
    const load = createLoad({ requests: 1, calls: 1, delay: 100 }, noLag)
    for (let round = 0; round < 3; round++) {
      const leave = load.enter('tokens')
      expect(leave).toBeDefined()
      expect(load.enter('tokens')).toBeUndefined()
      leave?.()
    }
    expect(load.underWay.requests).toBe(0)
  })

  it('FT-30 a process that is late takes nothing more until it has caught up', () => {
    let late = 0
    const load = createLoad({ requests: 10, calls: 10, delay: 100 }, { ...noLag, read: () => late })
    const taken = () =>
      (['tokens', 'pages', 'calls', 'rest', 'always'] as const).filter((importance) => {
        const leave = load.enter(importance)
        leave?.()
        return leave !== undefined
      })
    late = 70
    expect(taken()).toEqual(['tokens', 'pages', 'calls', 'always'])
    late = 90
    expect(taken()).toEqual(['tokens', 'always'])
    late = 101
    expect(taken()).toEqual(['always'])
    late = 0
    expect(taken()).toHaveLength(5)
  })

  it('FT-30 lateness counts when it lasts, and one long round does not', async () => {
    const { lag, pass, endRound, isArmed } = meter()
    /** One round of the event loop; what those say who are met at its beginning and at its end. */
    const round = async (milliseconds: number) => {
      const first = lag.read('requests')
      pass(milliseconds)
      // Those who are met early are not turned away, however long the few before them took.
      const early = Array.from({ length: 31 }, () => lag.read('requests'))
      expect(early.every((read) => read === 0)).toBe(true)
      const last = lag.read('requests')
      await endRound()
      return [first, last]
    }
    // Nothing ticks while nobody asks.
    expect(isArmed()).toBe(false)
    expect(await round(500)).toEqual([0, 0])
    expect(await round(5)).toEqual([0, 0])
    for (let rounds = 0; rounds < 4; rounds++) expect(await round(60)).toEqual([0, 0])
    expect(await round(60)).toEqual([0, 50])
    // Whoever is met first has waited for nobody.
    expect(await round(60)).toEqual([0, 50])
    // What waits for a round that is short has waited for the one before.
    expect(await round(30)).toEqual([0, 50])
    expect(await round(60)).toEqual([0, 0])
    for (let rounds = 0; rounds < 4; rounds++) await round(60)
    expect(await round(60)).toEqual([0, 50])
    pass(1_000)
    expect(await round(60)).toEqual([0, 0])
  })

  it('FT-30 whoever is met before anything of a round is done has waited for the round before', async () => {
    const { lag, pass, endRound } = meter()
    const round = async (milliseconds: number) => {
      const told = Array.from({ length: 40 }, () => lag.read('requests'))
      pass(milliseconds)
      await endRound()
      return [told[31], told[32], told[39]]
    }
    for (let rounds = 0; rounds < 5; rounds++) expect(await round(60)).toEqual([0, 0, 0])
    expect(await round(60)).toEqual([0, 50, 50])
    expect(await round(5)).toEqual([0, 50, 50])
    expect(await round(5)).toEqual([0, 0, 0])
  })

  it('FT-30 a burst of calls is not turned away for seconds, nor anybody else for it', async () => {
    const { lag, pass, endRound } = meter()
    /** A round in which calls take a tenth of a second; what the last of them and a request are told. */
    const round = async () => {
      for (let call = 0; call < 40; call++) lag.read('calls')
      pass(100)
      const told = [lag.read('calls'), lag.read('requests')]
      await endRound()
      return told
    }
    for (let rounds = 0; rounds < 50; rounds++) expect(await round()).toEqual([0, 0])
    for (let rounds = 0; rounds < 5; rounds++) await round()
    expect(await round()).toEqual([90, 0])
    // Whoever looks at the numbers hears of it, though nobody was turned away.
    expect(lag.latest()).toBe(90)
    pass(1_000)
    expect(lag.latest()).toBe(0)
  })
  it('FT-30 who waits for others to go on before them counts, however short the rounds are', async () => {
    const { lag, pass, endRound } = meter()
    /** A round that takes no time, with so many before whoever comes that they wait for milliseconds. */
    const round = async (waiting: number) => {
      pass(10)
      const told = Array.from({ length: 40 }, () => lag.read('requests'))
      pass(10)
      await endRound({ waiting })
      return told[39]
    }
    for (let rounds = 0; rounds < 4; rounds++) expect(await round(60)).toBe(0)
    expect(await round(60)).toBe(60)
    expect(lag.latest()).toBe(60)
    expect(await round(0)).toBe(60)
    expect(await round(0)).toBe(0)
  })

  it('FT-30 few clients of a process that gets no time are not turned away, though they ask twice', async () => {
    const { lag, pass, endRound } = meter()
    const twenty = () => Array.from({ length: 20 }, () => lag.read('requests'))
    for (let rounds = 0; rounds < 10; rounds++) {
      const told = twenty()
      pass(60)
      // Those who are heard between the timer and its turn come again, all of them.
      await endRound({ meanwhile: () => told.push(...twenty()) })
      expect(told).toEqual(Array(40).fill(0))
    }
  })

  it('FT-30 rounds that take longer than others pause still follow one another', async () => {
    const { lag, pass, endRound } = meter()
    const round = async () => {
      const told = Array.from({ length: 40 }, () => lag.read('requests'))
      pass(40)
      await endRound({ together: 300 })
      return told[39]
    }
    await round()
    expect(await round()).toBe(30)
    // While it waits for its turn, what is seen of it is how long it has waited.
    lag.read('requests')
    pass(500)
    expect(lag.latest()).toBe(490)
  })
})

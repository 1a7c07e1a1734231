/** Numbers for Prometheus. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder, eventTypes } from 'warder'
import { createMetrics } from 'warder/operations'
import { memoryStore, StoreUnavailable } from 'warder/store'
import { faultyStore } from './support/faulty-store.ts'

const ISSUER = 'http://localhost:4000'
const METRICS = 'http://127.0.0.1:9464'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function open(operations: object = { metrics: { port: 9464 } }) {
  const data = mkdtempSync(join(tmpdir(), 'warder-'))
  const warder = await createWarder({
    ...{ issuer: ISSUER, data, store: { url: 'memory:' }, operations },
    mcp: { files: { url: 'http://127.0.0.1:9/mcp' } },
  })
  undo.push(
    () => rmSync(data, { recursive: true }),
    () => warder.close(),
  )
  const scrape = async (url = `${METRICS}/metrics`, init: RequestInit = {}) => {
    const { metrics } = warder.operations
    if (metrics === undefined) throw new Error('There are no metrics.')
    const request = new Request(url, init)
    // What a Request made here lacks, and a request from a network has.
    if (!request.headers.has('host')) request.headers.set('host', new URL(url).host)
    return metrics(request)
  }
  return { warder, scrape }
}

/** The series and their values. */
const seriesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), Number(line.slice(at + 1))]
      }),
  )

/** A metric, its labels and its value, as the text format has them. */
const LINE =
  /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? -?\d+(\.\d+)?(e-?\d+)?)$/

describe('The numbers of a server', () => {
  it('are not on the port that everybody can reach', async () => {
    const { warder } = await open()
    const answer = await warder.fetch(new Request(`${ISSUER}/metrics`))
    expect(answer.status).toBe(404)
  })

  it('are not made unless the settings ask for them', async () => {
    const { warder } = await open({})
    expect(warder.operations.metrics).toBeUndefined()
  })

  it('are what Prometheus reads', async () => {
    const { warder, scrape } = await open()
    await warder.fetch(new Request(`${ISSUER}/.well-known/jwks.json`))
    await warder.fetch(new Request(`${ISSUER}/mcp/files`, { method: 'POST' }))
    await warder.fetch(new Request(`${ISSUER}/token`, { method: 'POST' }))
    const answer = await scrape()
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    expect(text.endsWith('\n')).toBe(true)
    const strange = text
      .trimEnd()
      .split('\n')
      .filter((line) => !LINE.test(line))
    expect(strange).toEqual([])
    const series = seriesOf(text)
    expect(series.get('warder_http_requests_total{route="jwks",method="GET",status="2xx"}')).toBe(1)
    expect(series.get('warder_http_requests_total{route="mcp",method="POST",status="4xx"}')).toBe(1)
    expect(series.get('warder_http_request_duration_seconds_count{route="token"}')).toBe(1)
    expect(series.get('warder_events_total{type="secret.used"}')).toBeGreaterThan(0)
    expect(series.get('warder_failing{check="store"}')).toBe(0)
    expect(series.get('warder_password_hashes{state="waiting"}')).toBe(0)
    expect(series.get('warder_http_requests_under_way{kind="requests"}')).toBe(0)
    expect(series.get('warder_limits_away')).toBe(0)
    expect(series.get('warder_signing_key_age_seconds')).toBeGreaterThanOrEqual(0)
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(series.get('process_cpu_seconds_total')).toBeGreaterThan(0)
  })

  it('never fall between two scrapes where they are totals', async () => {
    const { scrape } = await open()
    const cpu = async () => {
      const series = seriesOf(await (await scrape()).text())
      return series.get('process_cpu_seconds_total') ?? 0
    }
    const first = await cpu()
    expect(await cpu()).toBeGreaterThanOrEqual(first)
  })

  it('say that the store is away, and go on without it', async () => {
    const { warder, scrape } = await open()
    await warder.store.close()
    const series = seriesOf(await (await scrape()).text())
    expect(series.get('warder_failing{check="store"}')).toBe(1)
  })

  it('GW-16 are read with GET, under a name of this computer, and nothing else is there', async () => {
    const { scrape } = await open()
    const statusOf = async (...args: Parameters<typeof scrape>) => (await scrape(...args)).status
    for (const host of ['127.0.0.1:9464', 'localhost:9464', '[::1]:9464']) {
      expect(await statusOf(`http://${host}/metrics`), host).toBe(200)
    }
    for (const host of ['evil.test', '127.0.0.1.evil.test', 'localhost.evil.test:9464', '']) {
      expect(await statusOf(`${METRICS}/metrics`, { headers: { host } }), host).toBe(421)
    }
    expect(await statusOf(`${METRICS}/metrics`, { method: 'POST' })).toBe(405)
    for (const path of ['/', '/token', '/metrics/', '/admin', '/.well-known/jwks.json']) {
      expect(await statusOf(METRICS + path), path).toBe(404)
    }
    expect(await statusOf(`${METRICS}/livez`)).toBe(200)
    expect(await statusOf(`${METRICS}/readyz`)).toBe(200)
  })

  it('UI-08 nobody can add a series, or have what they send among the labels', async () => {
    const { warder, scrape } = await open()
    const canary = 'canary'
    const attack = async (round: number) => {
      const own = `${canary}${round}`
      const form = new URLSearchParams({
        grant_type: `urn:${own}`,
        client_id: own,
        client_secret: own,
        resource: `https://${own}.test/`,
        scope: own,
      })
      const init = { method: 'POST', body: form, headers: { 'user-agent': own } }
      const query = new URLSearchParams({ client_id: own, response_type: own, state: own })
      const requests = [
        new Request(`${ISSUER}/token`, init),
        new Request(`${ISSUER}/revoke`, init),
        new Request(`${ISSUER}/authorize?${query}`),
        new Request(`${ISSUER}/${own}`),
        new Request(`${ISSUER}/.well-known/${own}`),
        new Request(`${ISSUER}/mcp/${own}`, { method: 'POST' }),
        new Request(`${ISSUER}/token`, { method: own.toUpperCase() }),
        new Request(`${ISSUER}/mcp/files`, {
          method: 'POST',
          headers: { authorization: `Bearer ${own}`, 'mcp-session-id': own },
        }),
      ]
      for (const request of requests) await warder.fetch(request)
    }
    await attack(0)
    const before = seriesOf(await (await scrape()).text())
    for (let round = 1; round <= 50; round++) await attack(round)
    const text = await (await scrape()).text()
    const added = [...seriesOf(text).keys()].filter((name) => !before.has(name))
    // A limit that is reached is another outcome, of a kind that is known.
    expect(
      added.filter((name) => !/5xx|4xx|error="temporarily|signal|throttled/.test(name)),
    ).toEqual([])
    expect(text.toLowerCase()).not.toContain(canary)
    expect(before.size + added.length).toBeLessThan(400)
  })
})

describe('Numbers', () => {
  it('take every event by its type, and count what the log dropped', async () => {
    const metrics = createMetrics()
    const event = { id: 'x', at: 0, correlationId: 'x' }
    for (const type of Object.keys(eventTypes) as (keyof typeof eventTypes)[]) {
      metrics.onEvent({ ...event, type })
    }
    metrics.onEvent({ ...event, type: 'journal.dropped', count: 41 })
    metrics.onEvent({ ...event, type: 'token.issued', grantType: 'refresh_token' })
    metrics.onEvent({ ...event, type: 'token.issued', grantType: 'urn:made-up' })
    const series = seriesOf(await metrics.text())
    for (const type of Object.keys(eventTypes)) {
      expect(series.get(`warder_events_total{type="${type}"}`), type).toBeGreaterThan(0)
    }
    expect(series.get('warder_journal_dropped_total')).toBe(41)
    expect(series.get('warder_tokens_issued_total{grant_type="refresh_token"}')).toBe(1)
    expect(series.get('warder_tokens_issued_total{grant_type="other"}')).toBe(1)
    // The last of the two that were told of: Redis is back.
    expect(series.get('warder_limits_away')).toBe(0)
  })

  it('how is passed on: what a write must outlive, and whether to sweep gently', async () => {
    const told: unknown[] = []
    const inner = memoryStore()
    const store = createMetrics().measured({
      ...inner,
      write: async (...write) => {
        told.push(write)
        return true
      },
      sweep: async (...sweep) => {
        told.push(sweep)
        return 0
      },
    })
    await store.write([], [], 'process')
    await store.sweep(9, 100, { gently: true })
    expect(told).toEqual([
      [[], [], 'process'],
      [9, 100, { gently: true }],
    ])
  })

  it('tell what became of what the store was asked', async () => {
    const metrics = createMetrics()
    const store = metrics.measured(memoryStore())
    await store.find('facts', { id: 'x' })
    await store.write([{ verb: 'update', table: 'facts', where: { id: 'x' }, set: { value: '' } }])
    await store.close()
    await expect(store.find('facts', { id: 'x' })).rejects.toThrow(StoreUnavailable)
    const series = seriesOf(await metrics.text())
    const count = (verb: string, outcome: string) =>
      series.get(`warder_store_duration_seconds_count{verb="${verb}",outcome="${outcome}"}`)
    expect(count('find', 'done')).toBe(1)
    expect(count('write', 'lost')).toBe(1)
    expect(count('find', 'unavailable')).toBe(1)
    const bucket = 'warder_store_duration_seconds_bucket{verb="find",outcome="done",le="+Inf"}'
    expect(series.get(bucket)).toBe(1)
  })

  it('tell what the store was asked and has not answered', async () => {
    const metrics = createMetrics()
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const store = metrics.measured(faultyStore(memoryStore(), { find: () => asked }))
    const waiting = async () =>
      seriesOf(await metrics.text()).get('warder_store_calls{verb="find"}')
    const finding = [store.find('facts', { id: 'x' }), store.find('facts', { id: 'y' })]
    expect(await waiting()).toBe(2)
    answer()
    await Promise.all(finding)
    expect(await waiting()).toBe(0)
    await store.close()
  })

  it('tell what waits to be written to the audit log', async () => {
    const { warder, scrape } = await open()
    const waiting = async () =>
      seriesOf(await (await scrape()).text()).get('warder_journal_waiting') ?? Number.NaN
    await warder.audit.flush()
    expect(await waiting()).toBe(0)
    const url = `${ISSUER}/token`
    await warder.fetch(new Request(url, { method: 'POST', body: new URLSearchParams() }))
    expect(await waiting()).toBeGreaterThan(0)
  })
})

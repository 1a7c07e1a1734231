/**
 * Attacks on API keys (AK): made for somebody else, spoilt, stolen, in the wrong place, too often.
 *
 * Not here: quotas beyond a rate, because keys have none.
 */

import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { fetchGuard } from 'warder/fetch'
import { type CredentialKind, createGuard, jwt } from 'warder/guard'
import { apiKeys, introspection } from 'warder/guard/credentials'
import { honoGuard } from 'warder/hono'
import { redact } from 'warder/vault'
import { checksum } from '../src/guard/api-keys/checksum.ts'
import { ISSUER, keyRig, RESOURCE } from './fixtures/api-keys.ts'
import { atEnd } from './support/endings.ts'
import { wholeWarder } from './support/whole-warder.ts'

/** The same body with the checksum that belongs to it. */
const resealed = (key: string) => `${key.slice(0, -6)}${checksum(key.slice(0, -6))}`

/** Closes what a test opened, when it has finished. */
const onClose = (close: () => unknown) => atEnd(async () => void (await close()))

describe('AK: API keys', () => {
  it('AK-01 nobody makes a key over the network, for themselves or for another', async () => {
    const { warder } = await wholeWarder({}, onClose)
    const bob = await warder.accounts.findByEmail('bob@example.com')
    const body = JSON.stringify({ name: 'mine', owner: bob?.id, userId: bob?.id })
    const paths = [
      '',
      '/apikeys',
      '/api-keys',
      '/api-key/create',
      '/admin/api/apikeys',
      '/register',
    ]
    for (const path of paths) {
      for (const method of ['POST', 'PUT']) {
        const headers = { 'content-type': 'application/json' }
        const request = new Request(`${warder.issuer}${path}`, { method, headers, body })
        expect((await warder.fetch(request)).status, path).toBeGreaterThanOrEqual(400)
      }
    }
    expect(await warder.apiKeys.list({ limit: 10 })).toEqual([])
  })

  it('AK-01 an owner is somebody who exists and is not disabled', async () => {
    const { warder } = await wholeWarder({}, onClose)
    const bob = await warder.accounts.findByEmail('bob@example.com')
    const owner = bob?.id ?? ''
    await warder.accounts.setDisabled(owner, true)
    for (const other of [owner, 'nobody']) {
      const attempt = warder.apiKeys.create({ name: 'x', owner: other })
      await expect(attempt).rejects.toMatchObject({ code: 'no_such_owner' })
    }
  })

  const spoilt: readonly (readonly [string, (key: string) => string])[] = [
    ['a wrong checksum', (key) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
    ['another character', (key) => `${key.slice(0, 30)}-${key.slice(31)}`],
    ['the other environment', (key) => resealed(key.replace('_live_', '_test_'))],
    ['an unknown environment', (key) => resealed(key.replace('_live_', '_prod_'))],
    ['a cut-off end', (key) => key.slice(0, -1)],
    ['a cut-off beginning', (key) => key.slice(1)],
    ['its prefix alone', () => 'wdr_live_'],
    ['something added', (key) => `${key}0`],
    ['a space within', (key) => `${key.slice(0, 30)} ${key.slice(31)}`],
    ['itself added', (key) => key + key],
    ['lower case', (key) => key.toLowerCase()],
    ['upper case', (key) => key.toUpperCase()],
    ['a megabyte', (key) => key + 'A'.repeat(1_000_000)],
    ['an id that leads elsewhere', () => `wdr_live_${'../'.repeat(22)}`],
  ]

  it.each(spoilt)('AK-02 with %s it is refused, and the store is not asked', async (_, spoil) => {
    const { issue, status, ask, counts } = await keyRig()
    const { key } = await issue()
    counts.reads = 0
    expect(await status(spoil(key))).toBe(401)
    expect(await ask({ headers: { 'x-api-key': spoil(key) } })).toMatchObject({ status: 401 })
    expect(counts.reads).toBe(0)
    expect(await status(key)).toBe(200)
  })

  it('AK-02 the whole of it is compared: a right id and checksum are no key', async () => {
    const { issue, status, counts, lastReason } = await keyRig()
    const { id, key } = await issue()
    counts.reads = 0
    for (const at of [26, 40, 68]) {
      const other = key.charAt(at) === 'a' ? 'b' : 'a'
      expect(await status(resealed(key.slice(0, at) + other + key.slice(at + 1)))).toBe(401)
      expect(lastReason()).toBe(`API key ${id}: the secret is wrong`)
    }
    expect(counts.reads).toBe(1)
  })

  it('AK-02 a key of the test environment is none of the live one, even where both are kept', async () => {
    const { issue, status, make, guarding } = await keyRig()
    const test = make({ environment: 'test' })
    const { key } = await issue({}, test)
    expect(await status(key)).toBe(401)
    expect(await status(key, {}, guarding(test))).toBe(200)
    expect(await status(resealed(key.replace('_test_', '_live_')))).toBe(401)
  })

  it('AK-03 revoked, expired, of another resource or unknown: one answer for all', async () => {
    const { issue, bearer, keys, platform } = await keyRig()
    const revoked = await issue()
    await keys.revoke(revoked.id)
    const rotated = await issue()
    await keys.rotate(rotated.id, { overlap: 0 })
    const expired = await issue({ expiresAt: platform.now() + 1 })
    const foreign = await issue({ resources: ['https://other.test/'] })
    const elsewhere = await issue({ networks: ['192.0.2.0/24'] })
    const unknown = await issue({}, (await keyRig()).keys)
    platform.advance(1)
    const answers = await Promise.all(
      [revoked, rotated, expired, foreign, elsewhere, unknown].map(async ({ key }) => {
        const refused = await bearer(key)
        if (!(refused instanceof Response)) throw new Error('let in')
        const { correlation_id: _, ...body } = (await refused.json()) as Record<string, unknown>
        const challenge = refused.headers.get('www-authenticate')
        return JSON.stringify([refused.status, challenge, body])
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^\[401,"Bearer .*invalid_token/)
  })

  it('AK-03 without the scope: 403', async () => {
    const { issue, status } = await keyRig()
    const { key } = await issue({ scopes: ['notes:read'] })
    expect(await status(key, { rule: { scopes: ['notes:read'] } })).toBe(200)
    expect(await status(key, { rule: { scopes: ['notes:write'] } })).toBe(403)
  })

  it('AK-03 with its owner disabled or removed, within five seconds', async () => {
    const notes = { url: 'http://127.0.0.1:9/mcp' }
    const { warder, platform } = await wholeWarder({ mcp: { notes } }, onClose)
    const alice = await warder.accounts.findByEmail('alice@example.com')
    const owner = alice?.id ?? ''
    const made = await warder.apiKeys.create({ name: 'hers', owner, scopes: ['mcp:tools'] })
    const key = made.key.reveal('testing')
    const isLetIn = async () => {
      platform.advance(5_000)
      try {
        return (await warder.apiKeys.verify(key)).subject === owner
      } catch {
        return false
      }
    }
    expect(await isLetIn()).toBe(true)
    await warder.accounts.setDisabled(owner, true)
    expect(await isLetIn()).toBe(false)
    const call = new Request(`${warder.issuer}/mcp/notes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    })
    expect((await warder.fetch(call)).status).toBe(401)
    await warder.accounts.setDisabled(owner, false)
    expect(await isLetIn()).toBe(true)
    await warder.accounts.remove(owner)
    expect(await isLetIn()).toBe(false)
    expect(await warder.apiKeys.list({ limit: 10 })).toEqual([])
  })

  it('AK-04 in the query, the path, a cookie or the body it is never honoured', async () => {
    const { issue, ask, counts, events } = await keyRig()
    const { key } = await issue()
    counts.reads = 0
    const places = [
      ...['key', 'api_key', 'apikey', 'x-api-key', 'X-API-Key', 'token', 'access_token'].map(
        (name) => ({ url: `${RESOURCE}?${name}=${key}` }),
      ),
      { url: `${RESOURCE}${key}` },
      { headers: { cookie: `key=${key}; x-api-key=${key}` } },
      { headers: { 'x-api-key-2': key, 'api-key': key, 'proxy-authorization': `Bearer ${key}` } },
    ]
    for (const place of places) expect(await ask(place)).toMatchObject({ status: 401 })
    expect(counts.reads).toBe(0)
    expect(JSON.stringify(events)).not.toContain(key)
  })

  it('AK-04 beside a good one in its place, one in the query is refused where it is looked for', async () => {
    const { issue, bearer } = await keyRig({ accept: { query: 'key' } })
    const { key } = await issue()
    expect(await bearer(key, { url: `${RESOURCE}?key=${key}` })).toMatchObject({ status: 400 })
  })

  it('AK-04 where the query is on, no page may pass it on, and no event has it', async () => {
    const { issue, ask, guarding, events, platform } = await keyRig({ accept: { query: 'key' } })
    const { key } = await issue({ expiresAt: platform.now() + 1_000 })
    const url = `${RESOURCE}?key=${key}`
    const guard = guarding()
    const principal = await guard.check(new Request(url))
    if (principal instanceof Response) throw new Error('refused')
    expect(guard.headers(principal)).toMatchObject({ 'referrer-policy': 'no-referrer' })
    platform.advance(1_000)
    const refused = await ask({ url })
    expect(refused instanceof Response && refused.headers.get('referrer-policy')).toBe(
      'no-referrer',
    )
    expect(JSON.stringify(events)).not.toContain(key)
  })

  it('AK-04 what is logged elsewhere comes out without it', async () => {
    const { issue } = await keyRig()
    const { key } = await issue()
    const lines = [`GET /?key=${key}`, `{"h":"${key}"}`, `x-api-key: ${key}`, `\\n${key}`, key]
    for (const line of lines) {
      expect(redact(line)).not.toContain(key.slice(9))
      expect(redact(line)).toContain('[redacted:')
    }
  })

  it('RS-13 no cache that keeps an answer gives it to another key in X-API-Key', async () => {
    const { issue, guarding } = await keyRig({ accept: { header: 'X-Own-Key' } })
    const { key } = await issue()
    const guard = guarding()
    const keepable = { 'cache-control': 'max-age=60', vary: 'Accept' }
    const hono = new Hono()
    hono.use(honoGuard(guard))
    hono.get('/', (context) => context.text('mine', 200, keepable))
    const fetches = [
      fetchGuard(guard, undefined, () => new Response('mine', { headers: keepable })),
      (request: Request) => hono.fetch(request),
    ]
    const headers = { 'x-own-key': key }
    for (const fetch of fetches) {
      const kept = await fetch(new Request(RESOURCE, { headers }))
      expect(kept.headers.get('vary')).toBe('Accept, Authorization, x-own-key')
      const refused = await fetch(new Request(RESOURCE, { headers: { 'x-own-key': 'bad' } }))
      expect(refused.headers.get('vary')).toBe('x-own-key, Authorization')
    }
  })

  it('AK-05 of a hundred requests at once when one is left, one passes; the rest are 429, not 401', async () => {
    const { issue, bearer } = await keyRig()
    const { key } = await issue({ rate: { perMinute: 1, burst: 1 } })
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => bearer(key)))
    const statuses = outcomes.map((each) => (each instanceof Response ? each.status : 200))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 429)).toHaveLength(99)
    const refused = outcomes.find((each) => each instanceof Response)
    expect(refused instanceof Response && refused.headers.get('retry-after')).toBe('60')
  })

  it('AK-05 one key has its own budget, whoever else asks', async () => {
    const { issue, status } = await keyRig()
    const slow = await issue({ rate: { perMinute: 1, burst: 1 } })
    const other = await issue({ rate: { perMinute: 1, burst: 1 } })
    expect(await status(slow.key)).toBe(200)
    expect(await status(slow.key)).toBe(429)
    expect(await status(other.key)).toBe(200)
  })

  it('AK-04 no issuer is asked about a key, in whatever order the guard accepts', async () => {
    const { issue, keys, platform } = await keyRig()
    const fetch = vi.fn(async () => Response.json({ active: true }))
    const asking = introspection({
      ...{ issuer: ISSUER, endpoint: `${ISSUER}/introspect`, fetch },
      ...{ clientId: 'api', clientSecret: 'secret' },
    })
    const { key } = await issue()
    const statusBy = async (accept: readonly CredentialKind[], token: string) => {
      const guard = createGuard({ resource: RESOURCE, accept, platform })
      const headers = { authorization: `Bearer ${token}` }
      const outcome = await guard.check(new Request(RESOURCE, { headers }))
      return outcome instanceof Response ? outcome.status : 200
    }
    expect(await statusBy([asking, apiKeys({ keys })], key)).toBe(200)
    expect(await statusBy([asking, apiKeys({ keys })], `${key}x`)).toBe(401)
    expect(await statusBy([asking], key)).toBe(401)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('AK-06 beside another credential it is refused, even a good one', async () => {
    const others = [jwt({ issuer: 'https://as.test' })]
    const { issue, ask } = await keyRig({ others })
    const { key } = await issue()
    const { key: second } = await issue()
    for (const authorization of [
      `Bearer ${second}`,
      `Bearer ${key}`,
      'Bearer a.b.c',
      'Basic YTpi',
    ]) {
      const refused = await ask({ headers: { authorization, 'x-api-key': key } })
      expect(refused).toMatchObject({ status: 400 })
    }
    const twice = new Headers([
      ['x-api-key', key],
      ['x-api-key', key],
    ])
    expect(await ask({ headers: Object.fromEntries(twice) })).toMatchObject({ status: 401 })
  })

  it('what a handler does to whom a key lets in, the next request does not have', async () => {
    const { issue, principal } = await keyRig()
    const { key } = await issue({ scopes: ['notes:read'], roles: ['editor'] })
    const headers = { authorization: `Bearer ${key}` }
    const { scopes, roles, claims } = await principal({ headers })
    for (const value of [roles, claims]) expect(Object.isFrozen(value)).toBe(true)
    Reflect.apply(Set.prototype.add, scopes, ['notes:admin'])
    expect((await principal({ headers })).scopes).toEqual(new Set(['notes:read']))
  })

  it('AK-08 a key that does not exist costs the same reads and hashes as a wrong secret', async () => {
    const work = { hashes: 0 }
    const { vault } = await keyRig()
    const { issue, bearer, counts } = await keyRig({
      cache: 0,
      vault: {
        hash: vault.hash,
        matches: (...compared) => {
          work.hashes += 1
          return vault.matches(...compared)
        },
      },
    })
    const { key } = await issue()
    const wrong = resealed(`${key.slice(0, -7)}${key.at(-7) === 'a' ? 'b' : 'a'}${key.slice(-6)}`)
    const unknown = resealed(key.replace(/_\w{16}_/, `_${'0'.repeat(16)}_`))
    const costs = []
    for (const tried of [wrong, unknown]) {
      Object.assign(work, { hashes: 0 })
      Object.assign(counts, { reads: 0 })
      expect(await bearer(tried)).toMatchObject({ status: 401 })
      costs.push({ ...work, ...counts })
    }
    expect(costs[0]).toMatchObject({ hashes: 1, reads: 1 })
    expect(costs[1]).toEqual(costs[0])
  })
})

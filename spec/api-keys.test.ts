/**
 * API keys: what they are, where they are read, and what becomes of them (`docs/api-keys.md`).
 *
 * Attacks on them are in `attacks-api-keys.test.ts`, their spelling is tried in `fuzz-api-keys.test.ts`.
 */

import { describe, expect, it, vi } from 'vitest'
import type { NewApiKey } from 'warder/guard'
import { apiKeys } from 'warder/guard/credentials'
import { ISSUER, keyRig, RESOURCE } from './fixtures/api-keys.ts'
import { atEnd } from './support/endings.ts'
import { type Whole, wholeWarder } from './support/whole-warder.ts'

const DAY = 86_400_000

describe('An API key', () => {
  it('is wdr_live_, an id, a secret and six characters of checksum', async () => {
    const { issue } = await keyRig()
    const { id, key } = await issue()
    expect(key).toMatch(/^wdr_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
    expect(key).toContain(`_${id}_`)
  })

  it('stands for its owner, with its scopes and roles, and says which key it is', async () => {
    const { issue, principal, platform } = await keyRig()
    const expiresAt = platform.now() + DAY
    const { id, key } = await issue({
      ...{ name: 'nightly build', owner: 'alice', scopes: ['notes:read'], roles: ['editor'] },
      expiresAt,
    })
    const found = await principal({ headers: { authorization: `Bearer ${key}` } })
    expect(found).toMatchObject({
      ...{ subject: 'alice', clientId: id, credentialId: id, issuer: ISSUER, expiresAt },
      roles: ['editor'],
      proof: { kind: 'api_key' },
      claims: { key_name: 'nightly build' },
    })
    expect([...found.scopes]).toEqual(['notes:read'])
  })

  it('without an owner stands for itself, and never ends unless told', async () => {
    const { issue, principal } = await keyRig()
    const { id, key } = await issue()
    const found = await principal({ headers: { authorization: `Bearer ${key}` } })
    expect(found.subject).toBe(`apikey:${id}`)
    expect(found.expiresAt).toBeUndefined()
  })

  it('is kept as a keyed hash, and told once', async () => {
    const { issue, store, keys, events } = await keyRig()
    const { id, key } = await issue()
    const secret = key.slice(key.lastIndexOf('_') + 1)
    const row = await store.find('apiKeys', { id })
    expect(row?.hash).toMatch(/^[\w-]{43}$/)
    const told = [row, await keys.find(id), await keys.list({ limit: 10 }), events]
    expect(JSON.stringify(told)).not.toContain(secret)
    expect(await keys.find(id)).not.toHaveProperty('hash')
    expect(JSON.stringify(await keys.create({ name: 'x' }))).toContain('"key":"[secret]"')
  })

  it.each([
    [{ name: '' }, /name/],
    [{ name: 'two\nlines' }, /name/],
    [{ name: 'x'.repeat(101) }, /name/],
    [{ scopes: ['two words'] }, /“two words” is not the name of a scope/],
    [{ roles: [''] }, /role/],
    [{ networks: ['10.0.0.0/33'] }, /“10.0.0.0\/33” is not a network/],
    [{ networks: [] }, /left out/],
    [{ resources: ['nowhere'] }, /resource/],
    [{ rate: { perMinute: 0, burst: 1 } }, /rate/],
    [{ expiresAt: 1 }, /future/],
    [{ expiresAt: Number.NaN }, /future/],
  ])('cannot be made with %j', async (wrong, message) => {
    const { issue, counts } = await keyRig()
    await expect(issue(wrong)).rejects.toThrow(message)
    expect(counts.writes).toBe(0)
  })

  it('is for those who exist and are not disabled', async () => {
    const { issue } = await keyRig({ findOwner: async () => undefined })
    await expect(issue({ owner: 'nobody' })).rejects.toMatchObject({ code: 'no_such_owner' })
  })

  it('has no roles beyond those that its owner still has', async () => {
    const roles = ['admin', 'editor']
    const { issue, principal, platform } = await keyRig({ findOwner: async () => ({ roles }) })
    const { key } = await issue({ owner: 'alice', roles: ['admin', 'editor'] })
    const headers = { authorization: `Bearer ${key}` }
    expect((await principal({ headers })).roles).toEqual(['admin', 'editor'])
    roles.shift()
    platform.advance(5_000)
    expect((await principal({ headers })).roles).toEqual(['editor'])
  })
})

describe('A key is read', () => {
  it('from Authorization: Bearer, and from X-API-Key', async () => {
    const { issue, ask, bearer } = await keyRig()
    const { key } = await issue()
    expect(await bearer(key)).not.toBeInstanceOf(Response)
    expect(await ask({ headers: { 'x-api-key': key } })).not.toBeInstanceOf(Response)
  })

  it('from another header, if that is its name', async () => {
    const { issue, ask } = await keyRig({ accept: { header: 'Api-Key' } })
    const { key } = await issue()
    expect(await ask({ headers: { 'api-key': key } })).not.toBeInstanceOf(Response)
    expect(await ask({ headers: { 'x-api-key': key } })).toMatchObject({ status: 401 })
  })

  it.each([
    ['username', (key: string) => `${key}:`],
    ['password', (key: string) => `token:${key}`],
  ] as const)('from HTTP Basic as the %s, where that is on', async (basic, pair) => {
    const { issue, ask } = await keyRig({ accept: { basic } })
    const { key } = await issue()
    const headers = { authorization: `Basic ${btoa(pair(key))}` }
    expect(await ask({ headers })).not.toBeInstanceOf(Response)
    const swapped = basic === 'username' ? `token:${key}` : `${key}:`
    const other = { authorization: `Basic ${btoa(swapped)}` }
    expect(await ask({ headers: other })).toMatchObject({ status: 401 })
    expect(await ask({ headers: { authorization: `Basic ${btoa(key)}` } })).toMatchObject({
      status: 401,
    })
  })

  it('from the query where that is on, with a warning in the audit an hour', async () => {
    const { issue, ask, events, platform } = await keyRig({ accept: { query: 'key' } })
    const { id, key } = await issue()
    const url = `${RESOURCE}?key=${key}`
    const warnings = () => events.filter(({ type }) => type === 'apikey.exposed')
    expect(await ask({ url })).not.toBeInstanceOf(Response)
    expect(await ask({ url })).not.toBeInstanceOf(Response)
    expect(warnings()).toMatchObject([{ keyId: id, resource: RESOURCE }])
    platform.advance(3_600_000)
    await ask({ url })
    expect(warnings()).toHaveLength(2)
    expect(JSON.stringify(events)).not.toContain(key)
  })

  it.each([
    { header: 'Authorization' },
    { header: 'two words' },
    { query: 'access_token' },
    { query: '' },
  ])('from nowhere that cannot carry it: %j', async (accept) => {
    const { keys } = await keyRig()
    expect(() => apiKeys({ keys, ...accept })).toThrow(/must be the name/)
  })

  it('by its prefix, so that other bearer tokens are left to whoever takes them', async () => {
    const other = {
      name: 'other',
      create: () => ({
        scheme: 'Bearer',
        verify: () => ({
          ...{ subject: 'bob', clientId: 'c', issuer: ISSUER, credentialId: 'x', claims: {} },
          ...{ scopes: [], roles: [] },
        }),
      }),
    }
    const { bearer, counts } = await keyRig({ others: [other] })
    expect(await bearer('opaque')).toMatchObject({ subject: 'bob' })
    // A key that is bad is never tried as anything else.
    expect(await bearer('wdr_live_spoilt')).toMatchObject({ status: 401 })
    expect(counts.reads).toBe(0)
  })
})

describe('A key is held to', () => {
  it('its resources', async () => {
    const { issue, status, lastReason } = await keyRig()
    expect(await status((await issue({ resources: [RESOURCE] })).key)).toBe(200)
    expect(await status((await issue({ resources: ['https://other.test/'] })).key)).toBe(401)
    expect(lastReason()).toMatch(/not for https:\/\/api.test\//)
  })

  it('its scopes: 403 names what is missing', async () => {
    const { issue, bearer } = await keyRig()
    const { key } = await issue({ scopes: ['notes:read'] })
    const refused = await bearer(key, { rule: { scopes: ['notes:write'] } })
    expect(refused).toMatchObject({ status: 403 })
    const challenge = refused instanceof Response ? refused.headers.get('www-authenticate') : ''
    expect(challenge).toContain('scope="notes:write"')
  })

  it.each([
    ['10.0.0.0/8', '10.255.0.1', 200],
    ['10.0.0.0/8', '::ffff:10.1.1.1', 200],
    ['10.0.0.0/8', '11.0.0.1', 401],
    ['192.0.2.7', '192.0.2.7', 200],
    ['192.0.2.7', '192.0.2.8', 401],
    ['2001:db8::/32', '2001:db8:1::1', 200],
    ['2001:db8::/32', '2001:db9::1', 401],
    ['fe80::/10', 'fe80::1%eth0', 200],
    ['::/0', '192.0.2.1', 401],
    ['0.0.0.0/0', '2001:db8::1', 401],
    ['10.0.0.0/8', 'unknown', 401],
    ['10.0.0.0/8', undefined, 401],
  ])('its networks: %s, from %s', async (network, remoteAddress, expected) => {
    const { issue, status } = await keyRig()
    const { key } = await issue({ networks: [network] })
    const connection = remoteAddress === undefined ? {} : { remoteAddress }
    expect(await status(key, { connection })).toBe(expected)
  })

  it('its end', async () => {
    const { issue, status, platform, lastReason } = await keyRig()
    const { key } = await issue({ expiresAt: platform.now() + DAY })
    platform.advance(DAY - 1)
    expect(await status(key)).toBe(200)
    platform.advance(1)
    expect(await status(key)).toBe(401)
    expect(lastReason()).toMatch(/expired/)
  })
})

describe('Rotating', () => {
  it('makes another secret under the same id; both work during the overlap', async () => {
    const { issue, keys, status, platform, lastReason } = await keyRig()
    const { id, key } = await issue({ scopes: ['notes:read'] })
    const next = (await keys.rotate(id, { overlap: 60 })).key.reveal('testing')
    expect(next).not.toBe(key)
    expect(next.slice(0, 26)).toBe(key.slice(0, 26))
    for (const live of [key, next]) expect(await status(live)).toBe(200)
    platform.advance(60_000)
    expect(await status(next)).toBe(200)
    expect(await status(key)).toBe(401)
    expect(lastReason()).toMatch(/old secret/)
  })

  it('without an overlap ends the old secret at once', async () => {
    const { issue, keys, status } = await keyRig()
    const { id, key } = await issue()
    expect(await status(key)).toBe(200)
    await keys.rotate(id, { overlap: 0 })
    expect(await status(key)).toBe(401)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses an overlap of %s seconds, and changes nothing',
    async (overlap) => {
      const { issue, keys, status } = await keyRig()
      const { id, key } = await issue()
      await expect(keys.rotate(id, { overlap })).rejects.toMatchObject({ code: 'invalid_api_key' })
      expect(await status(key)).toBe(200)
    },
  )

  it('twice ends the first secret at once', async () => {
    const { issue, keys, status } = await keyRig()
    const { id, key } = await issue()
    const second = (await keys.rotate(id)).key.reveal('testing')
    const third = (await keys.rotate(id)).key.reveal('testing')
    expect(await Promise.all([key, second, third].map((each) => status(each)))).toEqual([
      401, 200, 200,
    ])
  })

  it('gives the new secret a new end, and the old one never a later', async () => {
    const { issue, keys, status, platform } = await keyRig()
    const { id, key } = await issue({ expiresAt: platform.now() + 1_000 })
    const expiresAt = platform.now() + DAY
    const next = (await keys.rotate(id, { expiresAt })).key.reveal('testing')
    platform.advance(1_000)
    expect(await status(key)).toBe(401)
    expect(await status(next)).toBe(200)
    platform.advance(DAY)
    expect(await status(next)).toBe(401)
  })

  it('at once by many has one winner, whose secret works', async () => {
    const { issue, keys, status } = await keyRig()
    const { id } = await issue()
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => keys.rotate(id)))
    const won = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const lost = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(lost.every(({ code }) => code === 'api_key_changed')).toBe(true)
    // Who read the key after another had won may win too; all but the last two secrets are over then.
    const works = await Promise.all(won.map(({ key }) => status(key.reveal('testing'))))
    expect([1, 2]).toContain(works.filter((each) => each === 200).length)
  })

  it('is for keys that are there and good', async () => {
    const { issue, keys, platform } = await keyRig()
    await expect(keys.rotate('nobody')).rejects.toMatchObject({ code: 'no_such_api_key' })
    const { id } = await issue()
    await keys.revoke(id)
    await expect(keys.rotate(id)).rejects.toMatchObject({ code: 'api_key_over' })
    const { id: over } = await issue({ expiresAt: platform.now() + 1 })
    platform.advance(1)
    await expect(keys.rotate(over)).rejects.toMatchObject({ code: 'api_key_over' })
  })

  it('of a key of the other environment makes no key of this one', async () => {
    const { make, issue, keys } = await keyRig()
    const { id } = await issue({}, make({ environment: 'test' }))
    expect((await keys.rotate(id)).key.reveal('testing')).toMatch(/^wdr_test_/)
  })
})

describe('Revoking', () => {
  it('ends every secret of a key, at once in this process', async () => {
    const { issue, keys, status, lastReason } = await keyRig()
    const { id, key } = await issue()
    const next = (await keys.rotate(id)).key.reveal('testing')
    expect(await status(key)).toBe(200)
    expect(await keys.revoke(id)).toBe(true)
    for (const dead of [key, next]) expect(await status(dead)).toBe(401)
    expect(lastReason()).toBe(`API key ${id}: revoked`)
  })

  it('is at once, however long ago the key was read, and however many were since', async () => {
    const { issue, keys, status } = await keyRig({ cachedKeys: 8 })
    const issued = await Promise.all(Array.from({ length: 6 }, () => issue()))
    for (const { key } of issued) await status(key)
    for (const { id, key } of issued) {
      expect(await status(key)).toBe(200)
      await keys.revoke(id)
      expect(await status(key)).toBe(401)
    }
  })

  it('twice is once, and of nothing is an error', async () => {
    const { issue, keys, events } = await keyRig()
    const { id } = await issue()
    const done = await Promise.all(Array.from({ length: 10 }, () => keys.revoke(id)))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'apikey.revoked')).toHaveLength(1)
    await expect(keys.revoke('nobody')).rejects.toMatchObject({ code: 'no_such_api_key' })
  })

  it('is known in another process at once if they talk, and in five seconds if not', async () => {
    const { issue, keys, make, guarding, status, platform } = await keyRig()
    const stranger = guarding(make())
    const { id, key } = await issue()
    expect(await status(key, {}, stranger)).toBe(200)
    await keys.revoke(id)
    platform.advance(4_999)
    expect(await status(key, {}, stranger)).toBe(200)
    platform.advance(1)
    expect(await status(key, {}, stranger)).toBe(401)
  })

  it('while a key is being read leaves nothing of it behind', async () => {
    const { issue, keys, status, between } = await keyRig()
    const { id, key } = await issue()
    const { promise, resolve } = deferred()
    between.find = async () => {
      await promise
    }
    const asked = status(key)
    between.find = undefined
    await keys.revoke(id)
    resolve()
    await asked
    expect(await status(key)).toBe(401)
  })

  it('is known within five seconds even where the store takes longer than that to answer', async () => {
    const { issue, keys, make, guarding, status, platform } = await keyRig()
    const { promise, resolve } = deferred()
    const findOwner = vi.fn(async () => ({ roles: [] }))
    const stranger = guarding(make({ findOwner }))
    const { id, key } = await issue({ owner: 'alice' })
    findOwner.mockImplementationOnce(() => promise.then(() => ({ roles: [] })))
    const early = status(key, {}, stranger)
    await vi.waitFor(() => expect(findOwner).toHaveBeenCalled())
    await keys.revoke(id)
    platform.advance(5_000)
    const late = status(key, {}, stranger)
    resolve()
    await early
    expect(await late).toBe(401)
  })

  it('leaves the key in the list for thirty days', async () => {
    const { issue, keys, store, platform } = await keyRig()
    const { id } = await issue()
    await keys.revoke(id)
    platform.advance(30 * DAY - 1)
    await store.sweep(platform.now(), 100)
    expect(await keys.list({ limit: 10 })).toMatchObject([{ id }])
    platform.advance(1)
    await store.sweep(platform.now(), 100)
    expect(await keys.list({ limit: 10 })).toEqual([])
  })
})

/** A promise and what settles it. */
function deferred() {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('What is known of a key', () => {
  it('is read once for many requests, also for those that come at once', async () => {
    const { issue, status, counts, platform } = await keyRig()
    const { key } = await issue()
    counts.reads = 0
    await Promise.all(Array.from({ length: 50 }, () => status(key)))
    expect(counts.reads).toBe(1)
    platform.advance(4_999)
    await status(key)
    expect(counts.reads).toBe(1)
    platform.advance(1)
    await status(key)
    expect(counts.reads).toBe(2)
  })

  it('is read with each request if it is not to be kept, or the clock was put back', async () => {
    const { issue, status, counts, make, guarding, platform } = await keyRig()
    const fresh = guarding(make({ cache: 0 }))
    const { key } = await issue()
    counts.reads = 0
    for (const _ of [1, 2]) await status(key, {}, fresh)
    expect(counts.reads).toBe(2)
    await status(key)
    platform.advance(-1)
    await status(key)
    expect(counts.reads).toBe(4)
  })

  it('is not kept beyond so many keys', async () => {
    const { issue, status, counts, make, guarding } = await keyRig()
    const small = guarding(make({ cachedKeys: 4 }))
    const issued = await Promise.all(Array.from({ length: 20 }, () => issue()))
    for (const { key } of issued) await status(key, {}, small)
    counts.reads = 0
    for (const { key } of issued) await status(key, {}, small)
    expect(counts.reads).toBe(20)
  })

  it('cannot be told while the store is away: 503, and nobody is let in', async () => {
    const { issue, status, between, platform } = await keyRig()
    const { key } = await issue()
    expect(await status(key)).toBe(200)
    platform.advance(5_000)
    between.find = () => {
      throw new Error('away')
    }
    expect(await status(key)).toBe(503)
    between.find = undefined
    expect(await status(key)).toBe(200)
  })
})

describe('The last use', () => {
  it('is written together, a minute later, and not with each request', async () => {
    const { issue, status, keys, counts, due, platform } = await keyRig()
    const [one, two] = await Promise.all([issue(), issue()])
    counts.writes = 0
    for (let times = 0; times < 100; times++) await status(one.key)
    platform.advance(1_000)
    await status(two.key)
    expect(counts.writes).toBe(0)
    expect(due).toHaveLength(1)
    due.pop()?.()
    await keys.close()
    expect(counts.writes).toBe(1)
    expect((await keys.find(one.id))?.usedAt).toBe(platform.now() - 1_000)
    expect((await keys.find(two.id))?.usedAt).toBe(platform.now())
  })

  it('is written at the end', async () => {
    const { issue, status, keys, platform, due } = await keyRig()
    const { id, key } = await issue()
    await status(key)
    await keys.close()
    expect((await keys.find(id))?.usedAt).toBe(platform.now())
    expect(due).toEqual([])
  })

  it('is of keys that were let in, not of those that were refused or only looked at', async () => {
    const { issue, status, keys } = await keyRig()
    const { id, key } = await issue({ resources: ['https://other.test/'] })
    expect(await status(key)).toBe(401)
    await keys.verify(key)
    await keys.close()
    expect((await keys.find(id))?.usedAt).toBeNull()
  })

  it('does not stand in the way when it cannot be written', async () => {
    const { issue, status, keys, between } = await keyRig()
    const { id, key } = await issue()
    await status(key)
    between.write = async () => {
      throw new Error('away')
    }
    await keys.close()
    between.write = undefined
    expect((await keys.find(id))?.usedAt).toBeNull()
  })
})

describe('The audit log', () => {
  it('has every key that was made, rotated and revoked, and never a secret', async () => {
    const { issue, keys, events } = await keyRig()
    const { id, key } = await issue({ owner: 'alice', scopes: ['notes:read', 'notes:write'] })
    const next = await keys.rotate(id)
    await keys.revoke(id)
    const about = { keyId: id, subject: 'alice' }
    expect(events).toMatchObject([
      { type: 'apikey.created', ...about, scope: 'notes:read notes:write' },
      { type: 'apikey.rotated', ...about },
      { type: 'apikey.revoked', ...about },
    ])
    for (const secret of [key, next.key.reveal('testing')]) {
      expect(JSON.stringify(events)).not.toContain(secret.slice(27))
    }
  })
})

describe('A guarded MCP server', () => {
  const onClose = (close: () => unknown) => atEnd(async () => void (await close()))
  const mcp = { notes: { url: 'http://127.0.0.1:9/mcp', tools: { '*': ['notes:read'] } } }
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

  /** The status of a call with a key; 502 is what a server behind is worth that is not there. */
  async function call({ warder }: Whole, key: string, remoteAddress = '192.0.2.1') {
    const headers = {
      'x-api-key': key,
      ...{ 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    }
    const body = JSON.stringify(list)
    const url = `${warder.issuer}/mcp/notes`
    return warder.fetch(new Request(url, { method: 'POST', headers, body }), { remoteAddress })
  }

  it('takes keys with its scopes, for it or for all, from where they may be used', async () => {
    const whole = await wholeWarder({ mcp }, onClose)
    const { apiKeys, issuer } = whole.warder
    const issue = async (key: Partial<NewApiKey>) =>
      (await apiKeys.create({ name: 'ci', scopes: ['notes:read'], ...key })).key.reveal('testing')
    const good = await issue({ resources: [`${issuer}/mcp/notes`], networks: ['192.0.2.0/24'] })
    expect((await call(whole, good)).status).toBe(502)
    expect((await call(whole, good, '198.51.100.1')).status).toBe(401)
    expect((await call(whole, await issue({}))).status).toBe(502)
    expect((await call(whole, await issue({ scopes: [] }))).status).toBe(403)
    expect((await call(whole, await issue({ resources: [issuer] }))).status).toBe(401)
    const slow = await issue({ rate: { perMinute: 60, burst: 2 } })
    const { headers } = await call(whole, slow)
    expect(headers.get('ratelimit')).toBe('"key";r=1;t=1')
  })

  it('takes none where the settings say so', async () => {
    const whole = await wholeWarder({ mcp, apiKeys: { accept: false } }, onClose)
    const made = await whole.warder.apiKeys.create({ name: 'ci', scopes: ['notes:read'] })
    expect((await call(whole, made.key.reveal('testing'))).status).toBe(401)
  })
})

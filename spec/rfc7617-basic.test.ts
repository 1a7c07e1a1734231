/** HTTP Basic at a guard: for people and service accounts, by a password check that slows guessing down. */

import { describe, expect, it, vi } from 'vitest'
import { type BasicOptions, type Connection, createGuard } from 'warder/guard'
import { basic } from 'warder/guard/credentials'
import { formatBasicCredentials, parseBasicCredentials } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { Secret } from 'warder/vault'
import { ALICE, PASSWORD, people } from './fixtures/people.ts'

const RESOURCE = 'https://api.test/v1'
const NOW = Date.UTC(2026, 0, 1)

/** What comes after the scheme, for any bytes. */
const encoded = (pair: string | Uint8Array) => Buffer.from(pair).toString('base64')

/** A guard that one account may pass, and how often its password was looked at. */
function guarded(options: Partial<BasicOptions> = {}) {
  const platform = fakePlatform(NOW)
  const verify = vi.fn(
    options.verify ??
      ((username: string, password: string) =>
        username === 'backup' && password === 'correct:horse'
          ? { subject: 'service-1', scopes: ['files:read'], roles: ['service'] }
          : undefined),
  )
  const guard = createGuard({
    resource: RESOURCE,
    accept: [basic({ ...options, verify })],
    platform,
  })
  const check = async (authorization: string, connection: Connection = {}, url = RESOURCE) => {
    const request = new Request(url, { headers: { authorization } })
    const outcome = await guard.check(request, undefined, connection)
    if (!(outcome instanceof Response)) return { status: 200, principal: outcome }
    const { status, headers } = outcome
    return { status, challenge: headers.get('www-authenticate'), body: await outcome.text() }
  }
  return { guard, platform, verify, check }
}

const good = `Basic ${encoded('backup:correct:horse')}`

describe('RFC 7617 The Basic HTTP Authentication Scheme: credentials', () => {
  it('§2 the example: Aladdin and open sesame', () => {
    const credentials = { username: 'Aladdin', password: 'open sesame' }
    expect(parseBasicCredentials('QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toEqual(credentials)
    expect(formatBasicCredentials(credentials)).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
  })

  it('§2.1 the example in UTF-8: test and 123£', () => {
    const credentials = { username: 'test', password: '123£' }
    expect(parseBasicCredentials('dGVzdDoxMjPCow==')).toEqual(credentials)
    expect(formatBasicCredentials(credentials)).toBe('Basic dGVzdDoxMjPCow==')
  })

  it('§2 the first colon ends the name, which has none; the password may have more', () => {
    expect(parseBasicCredentials(encoded('a:b:c:'))).toEqual({ username: 'a', password: 'b:c:' })
    expect(parseBasicCredentials(encoded(':'))).toEqual({ username: '', password: '' })
    expect(() => formatBasicCredentials({ username: 'a:b', password: 'c' })).toThrow(TypeError)
  })

  it.each([
    ['nothing', ''],
    ['no colon', encoded('backup')],
    ['no base64', 'back:up'],
    ['no padding', 'dGVzdDoxMjPCow'],
    ['too much padding', 'dGVzdDoxMjM0==='],
    ['the alphabet of URLs', encoded('???:>>>').replaceAll('/', '_').replaceAll('+', '-')],
    ['bits left over that are not zero', 'dGVzdDoxMjPCox=='],
    ['a space within', 'dGVz dDoxMjPCow=='],
    ['another word behind', 'dGVzdDoxMjPCow== x'],
    ['a comma and more', 'dGVzdDoxMjPCow==, realm="x"'],
    ['ISO 8859-1', encoded(Uint8Array.of(0x74, 0x3a, 0xa3))],
    ['half a character', encoded(Uint8Array.of(0x74, 0x3a, 0xed, 0xa0, 0x80))],
    ['more than fits', encoded(`a:${'b'.repeat(10_000)}`)],
  ])('§2 credentials of %s are malformed, which says nothing of them', async (_, credentials) => {
    expect(() => parseBasicCredentials(credentials)).toThrow('not base64 of a UTF-8 name')
    const { check, verify } = guarded()
    const { status, challenge } = await check(`Basic ${credentials}`)
    expect(status).toBe(400)
    expect(challenge).toBe(`Basic realm="${RESOURCE}", charset="UTF-8"`)
    expect(verify).not.toHaveBeenCalled()
  })

  it.each(['\n', '\0', '\x7f', '\x85', '\t'])(
    '§2 the name and the password MUST NOT contain the control character %j',
    (control) => {
      for (const pair of [`a${control}:b`, `a:b${control}`]) {
        expect(() => parseBasicCredentials(encoded(pair))).toThrow()
      }
      expect(() => formatBasicCredentials({ username: 'a', password: control })).toThrow(TypeError)
    },
  )
})

describe('RFC 7617 The Basic HTTP Authentication Scheme: a guard', () => {
  it('§2 lets in whom the password check knows', async () => {
    const { check } = guarded()
    const { principal } = await check(good)
    expect(principal).toMatchObject({
      subject: 'service-1',
      clientId: 'service-1',
      issuer: RESOURCE,
      roles: ['service'],
      credentialId: 'service-1',
      proof: { kind: 'basic', authTime: NOW, amr: ['pwd'] },
    })
    expect([...(principal?.scopes ?? [])]).toEqual(['files:read'])
  })

  it('§2 the scheme is case insensitive', async () => {
    const { check } = guarded()
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      expect((await check(good.replace('Basic', scheme))).status).toBe(200)
    }
  })

  it('§2 the challenge names the realm, and §2.1 the charset', async () => {
    const { guard } = guarded()
    const outcome = await guard.check(new Request(RESOURCE))
    if (!(outcome instanceof Response)) throw new Error('let in')
    expect(outcome.status).toBe(401)
    expect(outcome.headers.get('www-authenticate')).toBe(
      `Basic realm="${RESOURCE}", charset="UTF-8"`,
    )
  })

  it('§2 one refusal, whatever is wrong', async () => {
    const { check } = guarded()
    const pairs = ['backup:wrong', 'nobody:correct:horse', ':', 'backup:', ':correct:horse']
    const refusals = await Promise.all(pairs.map((pair) => check(`Basic ${encoded(pair)}`)))
    for (const { status, challenge, body } of refusals) {
      expect(status).toBe(401)
      expect(challenge).toBe(`Basic realm="${RESOURCE}", charset="UTF-8"`)
      expect(JSON.parse(body ?? '').error_description).toBe(
        'The name and the password are not valid.',
      )
    }
  })

  it('§4 credentials are taken over an encrypted connection, or from this computer', async () => {
    const { check, verify } = guarded()
    const plain = 'http://api.test/v1'
    const statusOf = async (connection: Connection, url: string) =>
      (await check(good, connection, url)).status
    expect(await statusOf({}, plain)).toBe(400)
    expect(await statusOf({ isEncrypted: false }, RESOURCE)).toBe(400)
    expect(await statusOf({ remoteAddress: '192.0.2.1' }, plain)).toBe(400)
    // The address of the caller counts, not the name that it calls us by.
    expect(await statusOf({ remoteAddress: '192.0.2.1' }, 'http://localhost/v1')).toBe(400)
    expect(await statusOf({ remoteAddress: '1.127.0.0' }, plain)).toBe(400)
    // Nor where its address is not known: anybody can write that name.
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]']) {
      expect(await statusOf({}, `http://${host}/v1`)).toBe(400)
      expect(await statusOf({ isEncrypted: false }, `https://${host}/v1`)).toBe(400)
    }
    expect(verify).not.toHaveBeenCalled()
    expect(await statusOf({ isEncrypted: true }, plain)).toBe(200)
    for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await statusOf({ remoteAddress }, plain)).toBe(200)
    }
  })

  it('another scheme is none of its business', async () => {
    const { check, verify } = guarded()
    expect((await check(`Bearer ${encoded('backup:correct:horse')}`)).status).toBe(401)
    expect(verify).not.toHaveBeenCalled()
  })

  it('a check that fails is an outage; one that refuses says how', async () => {
    const failing = guarded({
      verify: () => {
        throw new Error('the directory is away')
      },
    })
    const { status, body } = await failing.check(good)
    expect(status).toBe(500)
    expect(body).not.toContain('directory')
  })

  it.each([
    [{ ttl: -1 }, 'cache.ttl'],
    [{ ttl: 601 }, 'cache.ttl'],
    [{ ttl: Number.NaN }, 'cache.ttl'],
    [{ entries: 0 }, 'cache.entries'],
    [{ entries: 1.5 }, 'cache.entries'],
  ])('the cache %j is a mistake', (cache, path) => {
    expect(() => guarded({ cache })).toThrow(path)
  })
})

describe('RFC 7617 The Basic HTTP Authentication Scheme: passwords that were right', () => {
  it('count for a minute from the same address', async () => {
    const { check, verify, platform } = guarded()
    for (let i = 0; i < 5; i++) await check(good, { remoteAddress: '192.0.2.1' })
    expect(verify).toHaveBeenCalledTimes(1)
    await check(good, { remoteAddress: '192.0.2.2' })
    expect(verify).toHaveBeenCalledTimes(2)
    platform.advance(59_999)
    await check(good, { remoteAddress: '192.0.2.1' })
    expect(verify).toHaveBeenCalledTimes(2)
    platform.advance(1)
    await check(good, { remoteAddress: '192.0.2.1' })
    expect(verify).toHaveBeenCalledTimes(3)
  })

  it('hand out nobody whom a handler can change for the next request', async () => {
    const account = { subject: 'service-1', scopes: ['files:read'], roles: ['service'] }
    const { check } = guarded({ verify: () => account })
    for (let time = 0; time < 2; time++) {
      const { principal } = await check(good)
      expect(principal?.roles).toEqual(['service'])
      for (const value of [principal?.roles, principal?.claims, principal?.proof.amr]) {
        expect(Object.isFrozen(value)).toBe(true)
      }
    }
    // What the application said is still its own.
    expect(Object.isFrozen(account.roles)).toBe(false)
  })

  it('are asked for once by many at once', async () => {
    const { check, verify } = guarded()
    const answers = await Promise.all(Array.from({ length: 20 }, () => check(good)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('count no longer once the application says so', async () => {
    let isCurrent = true
    const { check, verify } = guarded({
      verify: (_, password) =>
        password === 'correct:horse' && isCurrent
          ? { subject: 'service-1', isCurrent: async () => isCurrent }
          : undefined,
    })
    expect((await check(good)).status).toBe(200)
    expect((await check(good)).status).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
    isCurrent = false
    expect((await check(good)).status).toBe(401)
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('are not remembered where that is switched off, and wrong ones never', async () => {
    const off = guarded({ cache: { ttl: 0 } })
    for (let i = 0; i < 3; i++) expect((await off.check(good)).status).toBe(200)
    expect(off.verify).toHaveBeenCalledTimes(3)
    const on = guarded()
    for (let i = 0; i < 3; i++) await on.check(`Basic ${encoded('backup:wrong')}`)
    expect(on.verify).toHaveBeenCalledTimes(3)
  })

  it('are remembered up to a bound', async () => {
    const { check, verify } = guarded({
      verify: (username) => ({ subject: username }),
      cache: { entries: 10 },
    })
    for (let i = 0; i < 100; i++) await check(`Basic ${encoded(`user-${i}:x`)}`)
    await check(`Basic ${encoded('user-0:x')}`)
    expect(verify).toHaveBeenCalledTimes(101)
    await check(`Basic ${encoded('user-99:x')}`)
    expect(verify).toHaveBeenCalledTimes(101)
  })

  it('do not count again after the clock was set back', async () => {
    const { check, verify, platform } = guarded()
    await check(good)
    platform.advance(-1)
    await check(good)
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('do not make another pair of name and password right', async () => {
    const { check } = guarded({
      verify: (username, password) =>
        username === 'a' && password === 'b:c' ? { subject: 'a' } : undefined,
    })
    expect((await check(`Basic ${encoded('a:b:c')}`)).status).toBe(200)
    expect((await check(`Basic ${encoded('a:b')}`)).status).toBe(401)
    expect((await check(`Basic ${encoded('ab::c')}`)).status).toBe(401)
  })
})

/** A guard that takes the passwords of people, alice among them. */
async function guardedPeople(options: Partial<BasicOptions> = {}) {
  const known = await people()
  const { accounts, platform, events } = known
  const guard = createGuard({
    resource: RESOURCE,
    accept: [basic({ verify: accounts.verifyPassword, ...options })],
    platform,
  })
  const check = async (username: string, password: string, remoteAddress = '192.0.2.1') => {
    const authorization = formatBasicCredentials({ username, password })
    const request = new Request(RESOURCE, { headers: { authorization } })
    return guard.check(request, undefined, { remoteAddress })
  }
  const statusOf = async (...credentials: Parameters<typeof check>) => {
    const outcome = await check(...credentials)
    return outcome instanceof Response ? outcome.status : 200
  }
  const told = (type: string) => events.filter((event) => event.type === type)
  return { ...known, check, statusOf, told }
}

describe('RFC 7617 The Basic HTTP Authentication Scheme: people', () => {
  it('are let in by their passwords, without a session', async () => {
    const { check, alice, store, told } = await guardedPeople()
    expect(await check('ALICE@example.com', PASSWORD)).toMatchObject({ subject: alice.id })
    expect(await store.list('sessions', {}, { limit: 10 })).toEqual([])
    expect(told('login.succeeded')).toMatchObject([{ subject: alice.id, source: '192.0.2.1' }])
    // Not checked again, and so not told again.
    await check('ALICE@example.com', PASSWORD)
    expect(told('login.succeeded')).toHaveLength(1)
  })

  it('§4 are guessed at as slowly as on the login page, and together with it', async () => {
    const { check, statusOf, signIn, told } = await guardedPeople()
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push(await statusOf(ALICE, `wrong ${i}`))
    expect(statuses).toContain(401)
    expect(statuses.at(-1)).toBe(429)
    expect(told('login.failed').length).toBeGreaterThan(2)
    expect(told('login.throttled').length).toBeGreaterThan(0)
    const refused = await check(ALICE, PASSWORD)
    if (!(refused instanceof Response)) throw new Error('let in')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.has('www-authenticate')).toBe(false)
    expect(await signIn()).toMatchObject({ ok: false, reason: 'throttled' })
  })

  it('whose password is remembered are not kept out by a stranger who guesses', async () => {
    const { statusOf } = await guardedPeople()
    expect(await statusOf(ALICE, PASSWORD)).toBe(200)
    for (let i = 0; i < 10; i++) await statusOf(ALICE, `wrong ${i}`, '198.51.100.7')
    expect(await statusOf(ALICE, PASSWORD)).toBe(200)
  })

  it('are told nothing of who has an account', async () => {
    const { check, alice, accounts } = await guardedPeople()
    await accounts.setDisabled(alice.id, true)
    const saidTo = async (username: string, password: string) => {
      const outcome = await check(username, password)
      if (!(outcome instanceof Response)) throw new Error('let in')
      const { correlation_id: _, ...said } = await outcome.json()
      return { status: outcome.status, said }
    }
    const disabled = await saidTo(ALICE, PASSWORD)
    expect(disabled.status).toBe(401)
    expect(await saidTo(ALICE, 'wrong')).toEqual(disabled)
    expect(await saidTo('nobody@example.com', PASSWORD)).toEqual(disabled)
    expect(await saidTo('no address', PASSWORD)).toEqual(disabled)
    expect(await saidTo(ALICE, '')).toEqual(disabled)
  })

  it.each<[string, (them: Awaited<ReturnType<typeof guardedPeople>>) => Promise<unknown>]>([
    ['disabled', ({ accounts, alice }) => accounts.setDisabled(alice.id, true)],
    ['removed', ({ accounts, alice }) => accounts.remove(alice.id)],
    [
      'given another password',
      ({ accounts, alice }) => accounts.setPassword(alice.id, new Secret('slate river candle oak')),
    ],
  ])('who are %s are out at the next request', async (_, change) => {
    const them = await guardedPeople()
    expect(await them.statusOf(ALICE, PASSWORD)).toBe(200)
    await change(them)
    expect(await them.statusOf(ALICE, PASSWORD)).toBe(401)
  })

  it('passwords are in no answer and no event', async () => {
    const { check, events } = await guardedPeople()
    const outcome = await check(ALICE, 'my secret guess')
    if (!(outcome instanceof Response)) throw new Error('let in')
    const text = JSON.stringify([await outcome.text(), [...outcome.headers], events])
    expect(text).not.toContain('my secret guess')
    expect(text).not.toContain(encoded(`${ALICE}:my secret guess`))
  })
})

/** Attacks on refresh tokens (RT): reuse, races, revocation in between, and rights that went away. */

import { describe, expect, it } from 'vitest'
import { createGuard } from 'warder/guard'
import { isRevoked } from 'warder/server'
import { type Family, StoreUnavailable, update } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  basic,
  claims,
  ISSUER,
  MCP,
  type Rig,
  redeem,
  refresh,
  resources,
  tokens,
} from './support/authorization-server.ts'
import { faultyStore, type Interference, touches } from './support/faulty-store.ts'
import { installation } from './support/installation.ts'
import { counts, granted, outcome, postFrom } from './support/requests.ts'
import { storeKinds, testStore } from './support/test-store.ts'

/** The tokens of the administrator, who alone may grant `notes:admin`. */
async function adminTokens(rig: Rig) {
  const wanted = await authorizationParameters({ scope: 'notes:read notes:admin' })
  const location = await rig.browser().authorize(wanted, 'admin@example.com')
  const code = new URL(location).searchParams.get('code') ?? ''
  const { refresh_token = '', scope } = await granted(await redeem(rig, code))
  expect(scope).toBe('notes:read notes:admin')
  return refresh_token
}

/** Takes every role from the administrator. */
async function demote(rig: Rig) {
  const user = await rig.store.find('users', { email: 'admin@example.com' })
  await rig.store.write([update('users', { id: user?.id ?? '' }, { roles: [] })])
}

describe('Attacks on refresh: what went away since the user allowed it', () => {
  it('1.27-1 scope: a role that was taken away takes its scopes out of the next token', async () => {
    const rig = await authorizationServer()
    const token = await adminTokens(rig)
    await demote(rig)
    const refreshed = await granted(await refresh(rig, token))
    expect(refreshed.scope).toBe('notes:read')
    expect(claims(refreshed.access_token)).toMatchObject({ scope: 'notes:read' })
    expect(claims(refreshed.access_token)).not.toHaveProperty('roles')
  })

  it('1.27-1 scope: asking for nothing but what went away is refused, and the token is still good', async () => {
    const rig = await authorizationServer()
    const token = await adminTokens(rig)
    await demote(rig)
    expect(await outcome(await refresh(rig, token, { scope: 'notes:admin' }))).toBe(
      '400 invalid_scope',
    )
    await granted(await refresh(rig, token))
  })

  it('1.27-1 scope: a role taken away between code and token takes its scopes too', async () => {
    const rig = await authorizationServer()
    const wanted = await authorizationParameters({ scope: 'notes:read notes:admin' })
    const location = await rig.browser().authorize(wanted, 'admin@example.com')
    await demote(rig)
    const code = new URL(location).searchParams.get('code') ?? ''
    expect((await granted(await redeem(rig, code))).scope).toBe('notes:read')
  })

  it('1.27-1 resource: no token for a resource that is no longer served', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const left = resources.filter(({ resource }) => resource !== MCP)
    const without = await anotherServer(rig, { resources: left })
    expect(await outcome(await refresh(without, refresh_token))).toBe('400 invalid_target')
    const code = await authorizationCode(rig, { resource: API, scope: 'bills:read' })
    await granted(await redeem(without, code))
    // It may come back; the grant was not lost.
    await granted(await refresh(rig, refresh_token))
  })
})

const GRACE = 10_000

/** The one family that there is. */
async function familyOf(rig: Rig): Promise<Family> {
  const [family] = await rig.store.list('families', {}, { limit: 1 })
  if (family === undefined) throw new Error('There is no family.')
  return family
}

/** Refreshes and gives the new refresh token. */
const rotate = async (rig: Rig, token: string) =>
  (await granted(await refresh(rig, token))).refresh_token ?? ''

/** Whether the access token was taken back. */
const isTakenBack = (rig: Rig, accessToken: string) => {
  const { jti, sid, client_id } = claims(accessToken)
  return isRevoked({ jti: String(jti), sid: String(sid), client_id: String(client_id) }, rig.store)
}

describe('Attacks on refresh: reuse', () => {
  it('RT-01 an old token outside the grace: refused, and the family is over with all it gave', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig)
    const second = await granted(await refresh(rig, first.refresh_token))
    rig.platform.advance(GRACE + 1)
    const thief = await postFrom(
      rig,
      '198.51.100.66',
      '/token',
      { grant_type: 'refresh_token', client_id: 'pub', refresh_token: first.refresh_token },
      { 'user-agent': 'Thief/1.0' },
    )
    expect(await outcome(thief)).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, second.refresh_token ?? ''))).toBe('400 invalid_grant')
    for (const { access_token } of [first, second]) {
      expect(await isTakenBack(rig, access_token)).toBe(true)
    }
    expect(await familyOf(rig)).toMatchObject({ revokedBecause: 'refresh token reused' })
    expect(rig.events.filter(({ type }) => type === 'token.reused')).toMatchObject([
      { clientId: 'pub', source: '198.51.100.66', userAgent: 'Thief/1.0' },
    ])
  })

  it('RT-02 a lost answer: the same child, byte for byte, with a new access token', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const lost = await granted(await refresh(rig, refresh_token))
    rig.platform.advance(GRACE)
    const retried = await granted(await refresh(rig, refresh_token))
    expect(retried.refresh_token).toBe(lost.refresh_token)
    expect(retried.access_token).not.toBe(lost.access_token)
    expect((await familyOf(rig)).generation).toBe(1)
    await granted(await refresh(rig, retried.refresh_token ?? ''))
  })

  it('RT-02 a retry does not make the grace any longer', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    await refresh(rig, refresh_token)
    for (let i = 0; i < 4; i++) {
      rig.platform.advance(2_500)
      await granted(await refresh(rig, refresh_token))
    }
    rig.platform.advance(1)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
  })

  it('RT-02 a retry that asks for less, or of another resource, gets no more than it should', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig, { scope: 'notes:read notes:write' })
    await refresh(rig, refresh_token, { scope: 'notes:read' })
    const wide = await granted(await refresh(rig, refresh_token))
    expect(wide.scope).toBe('notes:read notes:write')
    expect(await outcome(await refresh(rig, refresh_token, { resource: API }))).toBe(
      '400 invalid_target',
    )
    expect(await outcome(await refresh(rig, refresh_token, { scope: 'openid' }))).toBe(
      '400 invalid_scope',
    )
    expect((await familyOf(rig)).revokedAt).toBeNull()
  })

  it('RT-03 within the grace but two generations old: the child was used, so the family is over', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const child = await rotate(rig, refresh_token)
    const grandchild = await rotate(rig, child)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, grandchild))).toBe('400 invalid_grant')
  })

  it('RT-01 grace 0: the second use of a token ends the family, however soon', async () => {
    const rig = await authorizationServer({ settings: { ttl: { refreshGrace: 0 } } })
    const { refresh_token } = await tokens(rig)
    const child = await rotate(rig, refresh_token)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, child))).toBe('400 invalid_grant')
  })

  it('RT-06 a restart forgets nothing: rotated, reused and revoked tokens are still refused', async () => {
    const { rig, processes, close } = await installation('sqlite')
    const { refresh_token } = await tokens(rig)
    const child = await rotate(rig, refresh_token)
    await rotate(rig, child)
    rig.platform.advance(GRACE + 1)
    const [, restarted = rig] = processes
    expect(await outcome(await refresh(restarted, refresh_token))).toBe('400 invalid_grant')
    expect((await familyOf(rig)).revokedAt).not.toBeNull()
    expect(await outcome(await refresh(restarted, child))).toBe('400 invalid_grant')
    await close()
  })

  it.each(['evil', 'nat', 'web'])(
    'RT-07 the token of pub in the hands of %s: refused, told of, and the family lives',
    async (client) => {
      const rig = await authorizationServer()
      const first = await tokens(rig)
      const live = await rotate(rig, first.refresh_token)
      rig.platform.advance(GRACE + 1)
      // A stranger who presents an old token must not be able to end the session either.
      for (const token of [live, first.refresh_token]) {
        const form = { grant_type: 'refresh_token', refresh_token: token }
        const response =
          client === 'web'
            ? await rig.post('/token', form, basic('web', rig.secrets.web))
            : await rig.post('/token', { ...form, client_id: client })
        expect(await outcome(response)).toBe('400 invalid_grant')
      }
      expect(rig.events.filter(({ type }) => type === 'token.misused')).toMatchObject([
        { clientId: client, source: '192.0.2.1' },
        { clientId: client, source: '192.0.2.1' },
      ])
      await granted(await refresh(rig, live))
    },
  )

  it.each<[string, (rig: Rig, token: string) => Promise<Response>]>([
    ['a bad resource', (rig, token) => refresh(rig, token, { resource: API })],
    ['a malformed resource', (rig, token) => refresh(rig, token, { resource: 'x' })],
    ['a scope that is too wide', (rig, token) => refresh(rig, token, { scope: 'notes:write' })],
    ['a malformed scope', (rig, token) => refresh(rig, token, { scope: '"' })],
    ['no client', (rig, token) => refresh(rig, token, { client_id: '' })],
    ['an unknown client', (rig, token) => refresh(rig, token, { client_id: 'nobody' })],
    ['a secret too many', (rig, token) => refresh(rig, token, { client_secret: 'x' })],
    ['no grant type', (rig, token) => refresh(rig, token, { grant_type: '' })],
    ['another grant type', (rig, token) => refresh(rig, token, { grant_type: 'password' })],
    ['no token', (rig) => refresh(rig, '')],
  ])('RT-09 %s is refused, and costs nothing', async (_, send) => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    expect(await outcome(await send(rig, refresh_token))).toMatch(/^40[01] /)
    expect(await familyOf(rig)).toMatchObject({ generation: 0, revokedAt: null })
    await granted(await refresh(rig, refresh_token))
  })

  it('RT-11 used every day, a family still ends when its time is over', async () => {
    const rig = await authorizationServer()
    let token = (await tokens(rig)).refresh_token
    for (let day = 1; day < 30; day++) {
      rig.platform.advance(86_400_000)
      token = await rotate(rig, token)
    }
    rig.platform.advance(86_400_000 - 1)
    token = await rotate(rig, token)
    rig.platform.advance(1)
    expect(await outcome(await refresh(rig, token))).toBe('400 invalid_grant')
  })

  it('RT-12 unused for too long, it ends before', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    rig.platform.advance(14 * 86_400_000)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
  })

  it('RT-13 none without registering for it, whatever the scope', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://once.test/cb'
    const client_id = await rig.register({
      client_name: 'Once',
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    })
    const asked = { client_id, redirect_uri, scope: 'notes:read offline_access' }
    const once = { client_id, redirect_uri }
    const given = await granted(await redeem(rig, await authorizationCode(rig, asked), once))
    expect(given).not.toHaveProperty('refresh_token')
    expect(given.scope).toBe('notes:read')
  })

  it('RT-15 RT-16 an access token, live or over, refreshes nothing, and a refresh token opens nothing', async () => {
    const rig = await authorizationServer()
    const { access_token, refresh_token } = await tokens(rig)
    const guard = createGuard({
      issuer: ISSUER,
      resource: MCP,
      keys: { jwks: async () => ({ keys: [...rig.keys.jwks().keys] }) },
      platform: rig.platform,
    })
    const check = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await guard.check(new Request(MCP, { headers }))
      return answer instanceof Response ? answer.status : 200
    }
    expect(await check(access_token)).toBe(200)
    expect(await check(refresh_token)).toBe(401)
    expect(await outcome(await refresh(rig, access_token))).toBe('400 invalid_grant')
    rig.platform.advance(3_600_000)
    expect(await check(access_token)).toBe(401)
    expect(await outcome(await refresh(rig, access_token))).toBe('400 invalid_grant')
  })

  it.each([
    ['twice', (token: string) => [token, token]],
    ['with another one', (token: string) => [token, 'x']],
  ])('RT-19 refresh_token %s is refused and costs nothing', async (_, values) => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const form: [string, string][] = [
      ['grant_type', 'refresh_token'],
      ['client_id', 'pub'],
    ]
    for (const value of values(refresh_token)) form.push(['refresh_token', value])
    expect(await outcome(await rig.post('/token', form))).toBe('400 invalid_request')
    await granted(await refresh(rig, refresh_token))
  })

  it('RT-19 an array of them is none, and 100 kB are too much', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', client_id: 'pub' }
    const array = { ...form, 'refresh_token[]': 'x', 'refresh_token[0]': 'y' }
    expect(await outcome(await rig.post('/token', array))).toBe('400 invalid_request')
    const huge = { ...form, refresh_token: 'x'.repeat(100_000) }
    expect(await outcome(await rig.post('/token', huge))).toBe('413 invalid_request')
  })

  it('RT-19 no part, extension or variation of a refresh token is one, and none ends the family', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const live = await rotate(rig, refresh_token)
    rig.platform.advance(GRACE + 1)
    const [head = '', generation = '', mac = ''] = live.split('.')
    const [other = ''] = (await tokens(rig)).refresh_token.split('.')
    for (const forged of [
      ...[live.slice(0, -1), `${live}A`, live.toUpperCase(), live.replace('wrt_', ''), ` ${live}`],
      ...[`${head}.0.${mac}`, `${head}.2.${mac}`, `${head}.01.${mac}`, `${head}.+1.${mac}`],
      ...[
        `${head}.1e0.${mac}`,
        `${head}.-1.${mac}`,
        `${head}.99999999999.${mac}`,
        `${head}..${mac}`,
      ],
      ...[`${other}.${generation}.${mac}`, `${head}.${generation}.`, `${head}.${generation}`],
      ...[`${head}.${generation}.${'A'.repeat(43)}`, `${live}.`, `${live}\n`, `${live}\0`],
    ]) {
      expect(await outcome(await refresh(rig, forged))).toMatch(/^400 invalid_(grant|request)$/)
    }
    await granted(await refresh(rig, live))
  })
})

describe('Attacks on refresh: races', () => {
  it.each(storeKinds)(
    'RT-04 FT-02 a hundred refreshes at once over four processes: one child for all, one generation on: %s',
    async (kind) => {
      const { rig, processes, close } = await installation(kind)
      const { refresh_token } = await tokens(rig)
      for (let round = 0, token = refresh_token; round < 3; round++) {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, i) => refresh(processes[i % 4] ?? rig, token)),
        )
        const given = await Promise.all(answers.map(granted))
        const children = new Set(given.map((each) => each.refresh_token))
        expect(children.size).toBe(1)
        expect((await familyOf(rig)).generation).toBe(round + 1)
        const [child = ''] = children
        token = child
      }
      expect((await familyOf(rig)).revokedAt).toBeNull()
      await close()
    },
  )

  it.each(storeKinds)(
    'RT-04 FT-03 the same with grace 0: one is granted, and the family is over: %s',
    async (kind) => {
      const { rig, processes, close } = await installation(kind, { ttl: { refreshGrace: 0 } })
      const { refresh_token } = await tokens(rig)
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => refresh(processes[i % 4] ?? rig, refresh_token)),
      )
      const outcomes = await Promise.all(answers.map((answer) => outcome(answer.clone())))
      expect(outcomes.filter((each) => each === '200')).toHaveLength(1)
      expect(outcomes.filter((each) => each === '400 invalid_grant')).toHaveLength(99)
      const winner = await answers[outcomes.indexOf('200')]?.json()
      expect(await outcome(await refresh(rig, winner.refresh_token))).toBe('400 invalid_grant')
      await close()
    },
  )

  it('RT-18 FT-24 two nodes whose clocks are ten minutes apart never make two generations of one', async () => {
    for (const skew of [-600_000, 600_000]) {
      const rig = await authorizationServer()
      const platform = fakePlatform(rig.platform.now() + skew, 2)
      const other = await anotherServer(rig, { platform })
      const { refresh_token } = await tokens(rig)
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => refresh(i % 2 === 0 ? rig : other, refresh_token)),
      )
      const children = new Set<string>()
      for (const answer of answers) {
        if (answer.status === 200) children.add((await answer.json()).refresh_token)
        else expect(await outcome(answer)).toBe('400 invalid_grant')
      }
      expect(children.size).toBe(1)
      expect((await familyOf(rig)).generation).toBe(1)
    }
  })
})

describe('Attacks on refresh: revocation and failure in between', () => {
  async function interfered() {
    const between: Interference = {}
    const rig = await authorizationServer({ store: faultyStore(await testStore(), between) })
    return { rig, between, given: await tokens(rig) }
  }

  /** Somebody else's request, let in once before the next write to the families. */
  function letIn(between: Interference, somebody: () => Promise<unknown>) {
    between.write = async (next, changes) => {
      if (!touches(changes, 'families')) return next()
      delete between.write
      await somebody()
      return next()
    }
  }

  const revokeFamilyOf = (rig: Rig, token: string) => () =>
    rig.post('/revoke', { client_id: 'pub', token })

  it('RT-05 FT-07 revoked between the read and the write of a rotation: no live successor', async () => {
    const { rig, between, given } = await interfered()
    letIn(between, revokeFamilyOf(rig, given.refresh_token))
    expect(await outcome(await refresh(rig, given.refresh_token))).toBe('400 invalid_grant')
    expect(await familyOf(rig)).toMatchObject({
      generation: 0,
      revokedBecause: 'revoked by client',
    })
  })

  it('RT-05 a client that is removed, and a code that is replayed, in between: no live successor', async () => {
    const { rig, between } = await interfered()
    const code = await authorizationCode(rig)
    const given = await granted(await redeem(rig, code))
    letIn(between, () => redeem(rig, code))
    expect(await outcome(await refresh(rig, given.refresh_token ?? ''))).toBe('400 invalid_grant')
    const last = await tokens(rig)
    letIn(between, () => rig.clients.remove('pub'))
    expect(await outcome(await refresh(rig, last.refresh_token))).toBe('400 invalid_grant')
    const live = await rig.store.list('families', { revokedAt: null }, { limit: 10 })
    expect(live).toEqual([])
  })

  it('RT-05 revoked while a retry is answered: the child it got is dead', async () => {
    const { rig, between, given } = await interfered()
    const child = await rotate(rig, given.refresh_token)
    let reads = 0
    between.find = async (table) => {
      // After the family was read, and before the answer is made.
      if (table === 'users' && reads++ === 0) await revokeFamilyOf(rig, child)()
    }
    const answer = await refresh(rig, given.refresh_token)
    delete between.find
    if (answer.status === 200) {
      const { refresh_token, access_token } = await granted(answer)
      expect(await outcome(await refresh(rig, refresh_token ?? ''))).toBe('400 invalid_grant')
      expect(await isTakenBack(rig, access_token)).toBe(true)
    }
    expect(await outcome(await refresh(rig, child))).toBe('400 invalid_grant')
  })

  it('TK-22 a store that fails at the rotation: 503, no token, nothing lost', async () => {
    const { rig, between, given } = await interfered()
    between.write = () => Promise.reject(new StoreUnavailable())
    const failed = await refresh(rig, given.refresh_token)
    expect(failed.headers.get('retry-after')).toBe('1')
    expect(await outcome(failed)).toBe('503 temporarily_unavailable')
    between.find = () => Promise.reject(new StoreUnavailable())
    expect(await outcome(await refresh(rig, given.refresh_token))).toBe(
      '503 temporarily_unavailable',
    )
    delete between.write
    delete between.find
    rig.platform.advance(GRACE + 1)
    await granted(await refresh(rig, given.refresh_token))
  })

  it('TK-21 INV-3 killed between the commit and the answer: the retry gets the one child', async () => {
    const { rig, between, given } = await interfered()
    between.write = async (next) => {
      await next()
      throw new StoreUnavailable({ detail: 'the connection broke after the commit' })
    }
    expect(await outcome(await refresh(rig, given.refresh_token))).toBe(
      '503 temporarily_unavailable',
    )
    delete between.write
    const restarted = await anotherServer(rig)
    const child = await rotate(restarted, given.refresh_token)
    expect((await familyOf(rig)).generation).toBe(1)
    await granted(await refresh(restarted, child))
  })

  it('INV-4 the write that revokes a reused family fails: 503, and the next use still revokes it', async () => {
    const { rig, between, given } = await interfered()
    const child = await rotate(rig, given.refresh_token)
    rig.platform.advance(GRACE + 1)
    between.write = () => Promise.reject(new StoreUnavailable())
    expect(await outcome(await refresh(rig, given.refresh_token))).toBe(
      '503 temporarily_unavailable',
    )
    delete between.write
    expect(await outcome(await refresh(rig, given.refresh_token))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, child))).toBe('400 invalid_grant')
  })
})

describe('Events of these flows', () => {
  const tell = (rig: Rig) => rig.events.splice(0).map(({ type }) => type)

  it('INV-10 each is told of once, under one correlation id from the request to the last refresh', async () => {
    const rig = await authorizationServer()
    tell(rig)
    const code = await authorizationCode(rig)
    const first = await granted(await redeem(rig, code))
    const second = await granted(await refresh(rig, first.refresh_token ?? ''))
    await granted(await refresh(rig, first.refresh_token ?? ''))
    const seen = rig.events.filter(({ type }) => /^(code|token|consent)\./.test(type))
    expect(counts(seen)).toEqual({
      'consent.granted': 1,
      'code.issued': 1,
      'code.redeemed': 1,
      'token.issued': 3,
      'token.rotated': 1,
      'token.retried': 1,
    })
    expect(new Set(rig.events.map(({ id }) => id)).size).toBe(rig.events.length)
    const [id, another] = new Set(seen.map(({ correlationId }) => correlationId))
    expect(another).toBeUndefined()
    for (const { access_token } of [first, second]) expect(claims(access_token).cid).toBe(id)
  })

  it('INV-10 so are replay, reuse, misuse and revocation, each with its refusal', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await granted(await redeem(rig, code))
    const child = await rotate(rig, given.refresh_token ?? '')
    const issued = rig.events.find(({ type }) => type === 'code.issued')?.correlationId
    tell(rig)

    await redeem(rig, code, { client_id: 'evil' })
    await refresh(rig, child, { client_id: 'evil' })
    expect(tell(rig)).toEqual(['code.misused', 'token.refused', 'token.misused', 'token.refused'])

    rig.platform.advance(GRACE + 1)
    await refresh(rig, given.refresh_token ?? '')
    expect(rig.events[0]?.correlationId).toBe(issued)
    expect(tell(rig)).toEqual(['token.reused', 'token.refused'])

    await redeem(rig, code)
    expect(rig.events[0]?.correlationId).toBe(issued)
    expect(tell(rig)).toEqual(['code.replayed', 'token.refused'])

    const last = await tokens(rig)
    tell(rig)
    await rig.post('/revoke', { client_id: 'pub', token: last.access_token })
    await rig.post('/revoke', { client_id: 'pub', token: last.refresh_token })
    expect(tell(rig)).toEqual(['token.revoked', 'token.revoked'])
  })

  it('INV-10 what was told of is what was recorded', async () => {
    const rig = await authorizationServer()
    await tokens(rig)
    const recorded = await rig.store.list('events', {}, { limit: 1000 })
    const told = new Map(rig.events.map((event) => [event.id, event]))
    for (const row of recorded) expect(told.get(row.id)).toEqual(row.event)
    const types = new Set(recorded.map(({ type }) => type))
    for (const type of ['code.issued', 'code.redeemed']) expect(types).toContain(type)
  })
})

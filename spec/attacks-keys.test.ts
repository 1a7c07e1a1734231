/**
 * Attacks on the signing keys and faults around them (MD, FT): rotation under load, clocks that
 * disagree, processes that race, keys that must go at once, a store that is away.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createWarder } from 'warder'
import { createGuard, type Guard } from 'warder/guard'
import { keyAdministration, serverSettings, signingAlgorithms } from 'warder/server'
import { type Store, StoreUnavailable, update } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { anotherServer } from './support/another-server.ts'
import {
  authorizationServer,
  basic,
  ISSUER,
  MCP,
  type Rig,
} from './support/authorization-server.ts'
import { faultyStore } from './support/faulty-store.ts'
import { keyRig, servedIds } from './support/key-rig.ts'
import { granted } from './support/requests.ts'
import { storeKind, testStore } from './support/test-store.ts'

const JWKS = '/.well-known/jwks.json'

/** Seconds from one look to the next in what is played in fast motion. */
const STEP = 120

const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? ''

/** A token of `svc` for itself. */
async function ownToken(rig: Rig): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'svc',
    client_secret: rig.secrets.svc,
    resource: MCP,
  }
  return (await granted(await rig.post('/token', form))).access_token
}

const statusOf = async (guard: Guard, token: string) => {
  const request = new Request(MCP, { headers: { authorization: `Bearer ${token}` } })
  const outcome = await guard.check(request)
  return outcome instanceof Response ? outcome.status : 200
}

/** What an access token says, but for who signed it. */
const claimsOf = (now: number) => ({
  ...{ iss: ISSUER, aud: MCP, sub: 'alice', client_id: 'web', jti: 'token-1' },
  ...{ iat: now / 1000, exp: now / 1000 + 900 },
})

/** What an administrator of a server can do to its keys. */
const administrationOf = ({ store, vault, platform, keys }: Rig) =>
  keyAdministration({ store, vault, platform, settings: serverSettings.parse({}) }, keys)

/** The guard of a server's own process, as the gateway makes it. */
const ownGuard = ({ keys, platform }: Pick<Rig, 'keys' | 'platform'>) =>
  createGuard({
    issuer: ISSUER,
    resource: MCP,
    keys: { find: keys.find },
    algorithms: signingAlgorithms,
    platform,
  })

/** A cache on the way to a server's key set, which keeps to its `max-age` and to nothing else. */
function cached({ server }: Rig, now: () => number) {
  let copy = { body: '', until: Number.NEGATIVE_INFINITY }
  return async () => {
    if (now() >= copy.until) {
      const response = await server.fetch(new Request(ISSUER + JWKS))
      const [, maxAge = ''] =
        /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '') ?? []
      copy = { body: await response.text(), until: now() + Number(maxAge) * 1000 }
    }
    return new Response(copy.body)
  }
}

describe('Rotation under load', () => {
  const settings = {
    signing: { rotateEvery: 3_600, jwksMaxAge: 60 },
    ttl: { accessToken: 300 },
    limits: { token: 1_000_000 },
  }

  it('MD-04 FT-20 INV-6 two servers, four guards, clocks two minutes apart: every token is good until it ends', {
    timeout: 20_000,
  }, async () => {
    const first = await authorizationServer({ settings })
    const start = first.platform.now()
    first.platform.advance(60_000)
    const platform = fakePlatform(start - 60_000, 2)
    const rigs = [first, await anotherServer(first, { platform, settings })]
    const clocks = [60, 20, -20, -60].map((ahead, i) => fakePlatform(start + ahead * 1000, i))
    const guarding = clocks.map((clock, i) =>
      createGuard({
        issuer: ISSUER,
        resource: MCP,
        keys: { jwksUri: ISSUER + JWKS },
        fetch: cached(rigs[i % 2] ?? first, () => clock.now()),
        clockTolerance: 120,
        platform: clock,
      }),
    )
    const stranger = (await ownToken(await authorizationServer())).split('.')
    const held: { readonly token: string; readonly until: number }[] = []
    const kids = new Set<string>()
    const refused: string[] = []
    const check = async (token: string, when: string) => {
      for (const [i, guard] of guarding.entries()) {
        const status = await statusOf(guard, token)
        if (status !== 200) refused.push(`guard ${i} ${when}: ${status}`)
      }
    }
    for (let second = 0; second < 2.5 * 3_600; second += STEP) {
      for (const { platform } of rigs) platform.advance(STEP * 1000)
      for (const clock of clocks) clock.advance(STEP * 1000)
      for (const { keys } of rigs) await keys.follow()
      // Whatever a guard may still ask because of an unknown key, strangers have used up.
      const header = { alg: 'ES256', typ: 'at+jwt', kid: `stranger-${second}` }
      stranger[0] = Buffer.from(JSON.stringify(header)).toString('base64url')
      for (const guard of guarding) expect(await statusOf(guard, stranger.join('.'))).toBe(401)
      for (const rig of rigs) {
        const token = await ownToken(rig)
        kids.add(kidOf(token))
        held.push({ token, until: second + 300 })
        await check(token, `new at ${second}`)
      }
      while ((held[0]?.until ?? Infinity) <= second + STEP) {
        await check(held.shift()?.token ?? '', `old at ${second}`)
      }
    }
    expect(refused).toEqual([])
    expect(kids.size).toBe(3)
    expect(first.keys.jwks().keys.length).toBeLessThan(4)
  })

  it('MD-04 a minute early or late, every process signs with what all the others have', async () => {
    const rig = await keyRig({ ahead: [0, 60_000, -60_000] })
    const [old] = servedIds(rig.first)
    await rig.pass(90 * 86_400)
    await rig.pass(0)
    const signing = () => rig.processes.map(({ keys }) => keys.signer().kid)
    for (let second = 0; second < 580; second += 20) {
      expect(new Set(signing())).toEqual(new Set([old]))
      for (const each of rig.processes) expect(servedIds(each)).toHaveLength(2)
      await rig.pass(20)
    }
    await rig.pass(280)
    expect(new Set(signing()).size).toBe(1)
    expect(signing()).not.toContain(old)
    for (const each of rig.processes) expect(servedIds(each)).toContain(old)
  })
})

describe('A clock that is decades off', () => {
  const DECADES = 30 * 31_536_000_000
  const QUARTER = 90 * 86_400

  it('FT-24 ahead neither stops the rotation of the others nor hurries it', async () => {
    const rig = await keyRig()
    const [old] = servedIds(rig.first)
    const { keys } = await rig.join({ ahead: DECADES })
    await keys.follow()
    await rig.first.keys.follow()
    const [, waiting] = servedIds(rig.first)
    rig.first.platform.advance((QUARTER - 721) * 1000)
    await rig.first.keys.follow()
    expect(rig.said()).toEqual(['key.created', 'key.activated', 'key.created'])
    expect(rig.first.keys.signer().kid).toBe(old)
    rig.first.platform.advance(1_000)
    await rig.first.keys.follow()
    expect(rig.said().slice(3)).toEqual(['key.hastened'])
    rig.first.platform.advance(720_000)
    expect(rig.first.keys.signer().kid).toBe(waiting)
  })

  it('FT-24 behind decides nothing, be it told another algorithm', async () => {
    const rig = await keyRig()
    const [current] = servedIds(rig.first)
    await rig.pass(QUARTER / 2)
    const settings = { signing: { alg: 'EdDSA' } }
    const { keys } = await rig.join({ ahead: -DECADES, settings })
    await rig.pass(5)
    expect(servedIds(rig.first)).toEqual([current])
    expect(keys.signer().kid).toBe(current)
  })
})

describe('Withdrawing a key', () => {
  it('MD-05 FT-23 JW-21 guards of the same process refuse at once, those of others as soon as they follow', async () => {
    const here = await keyRig()
    const there = await here.join()
    const token = here.first.keys.signer().sign('at+jwt', claimsOf(here.first.platform.now()))
    const guards = here.processes.map(ownGuard)
    const statuses = () => Promise.all(guards.map((guard) => statusOf(guard, token)))
    expect(await statuses()).toEqual([200, 200])
    await here.first.administration.retire(kidOf(token))
    expect(await statuses()).toEqual([401, 200])
    await here.pass(5)
    expect(await statuses()).toEqual([401, 401])
    expect(servedIds(there)).toEqual([there.keys.signer().kid])
    await here.pass(86_400)
    expect(await statuses()).toEqual([401, 401])
  })

  it('MD-05 FT-23 guards elsewhere refuse when their copy of the key set is five minutes old', async () => {
    const rig = await authorizationServer()
    const { platform } = rig
    const fetch = cached(rig, () => platform.now())
    const keys = { jwksUri: ISSUER + JWKS }
    const guard = createGuard({ issuer: ISSUER, resource: MCP, keys, fetch, platform })
    const token = await ownToken(rig)
    expect(await statusOf(guard, token)).toBe(200)
    await administrationOf(rig).retire(kidOf(token))
    expect(await statusOf(guard, await ownToken(rig))).toBe(401)
    platform.advance(300_000)
    expect(await statusOf(guard, token)).toBe(401)
    expect(await statusOf(guard, await ownToken(rig))).toBe(200)
  })

  it('MD-05 FT-23 a whole server refuses what another process withdrew, within five seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const data = await mkdtemp(join(tmpdir(), 'warder-'))
    const platform = fakePlatform()
    const settings = { data, mcp: { notes: { url: 'http://127.0.0.1:9/mcp', tools: {} } } }
    const server = await createWarder(settings, { platform })
    const command = await createWarder(settings, { platform, upkeep: false })
    const metadata = { client_name: 'svc', grant_types: ['client_credentials'] }
    const { secret } = await server.clients.add({ id: 'svc', resources: null, metadata })
    const [{ resource } = { resource: '' }] = server.resources
    const newToken = async () => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource })
      const headers = basic('svc', secret?.reveal('testing') ?? '')
      const request = new Request(`${server.issuer}/token`, { method: 'POST', body, headers })
      return (await granted(await server.fetch(request))).access_token
    }
    const status = async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const request = new Request(resource, { method: 'POST', body: '{}', headers })
      return (await server.fetch(request)).status
    }
    try {
      const token = await newToken()
      expect(await status(token)).toBe(400)
      const current = await command.keys.retire(kidOf(token))
      await vi.advanceTimersByTimeAsync(5_000)
      expect(await status(token)).toBe(401)
      const fresh = await newToken()
      expect(kidOf(fresh)).toBe(current.kid)
      expect(await status(fresh)).toBe(400)
    } finally {
      vi.useRealTimers()
      await command.close()
      await server.close()
      await rm(data, { recursive: true })
    }
  })

  it('MD-05 it is not served, not signed with, and says so in the log, in one write', async () => {
    const { first, events, said } = await keyRig()
    const [old = ''] = servedIds(first)
    const current = await first.administration.retire(old)
    expect(servedIds(first)).toEqual([current.kid])
    expect(first.keys.signer().kid).toBe(current.kid)
    expect(said().slice(2)).toEqual(['key.retired', 'key.created', 'key.activated'])
    expect(new Set(events.slice(2).map(({ correlationId }) => correlationId)).size).toBe(1)
    expect(events.slice(2).map(({ keyId }) => keyId)).toEqual([old, current.kid, current.kid])
  })

  it('MD-05 the key that was next takes over, and none is made', async () => {
    const { first, said } = await keyRig()
    const [old = ''] = servedIds(first)
    const next = await first.administration.rotate()
    expect((await first.administration.retire(old)).kid).toBe(next.kid)
    expect(first.keys.signer().kid).toBe(next.kid)
    expect(said().slice(3)).toEqual(['key.retired', 'key.activated'])
  })

  it('MD-05 a key that has not signed goes, and the current one stays', async () => {
    const { first, pass } = await keyRig()
    const [old] = servedIds(first)
    const next = await first.administration.rotate()
    expect((await first.administration.retire(next.kid)).kid).toBe(old)
    await pass(3_600)
    expect(servedIds(first)).toEqual([old])
    await pass(90 * 86_400)
    expect(servedIds(first)).toHaveLength(2)
  })

  it('MD-05 a previous key goes, and nothing else changes', async () => {
    const { first, pass } = await keyRig()
    const [old = ''] = servedIds(first)
    const next = await first.administration.rotate()
    await pass(720)
    expect((await first.administration.retire(old)).kid).toBe(next.kid)
    expect(servedIds(first)).toEqual([next.kid])
  })

  it('MD-05 no clock brings it back, be it a year behind', async () => {
    const { first, pass, join } = await keyRig()
    const [old = ''] = servedIds(first)
    await first.administration.retire(old)
    const behind = await join({ ahead: -31_536_000_000 })
    await pass(5)
    expect(servedIds(behind)).toEqual(servedIds(first))
    expect(behind.keys.signer().kid).toBe(first.keys.signer().kid)
    expect(await behind.keys.find({ alg: 'ES256', kid: old })).toBeUndefined()
  })

  it('MD-05 what is not there, or gone already, cannot be withdrawn', async () => {
    const { first } = await keyRig()
    const [old = ''] = servedIds(first)
    await first.administration.retire(old)
    for (const kid of [old, 'unknown', '']) {
      await expect(first.administration.retire(kid)).rejects.toMatchObject({ code: 'no_such_key' })
    }
  })
})

describe('Processes that race', () => {
  /** A store whose answers come in an order that the seed decides. */
  function shuffled(store: Store, seed: number): Store {
    const chance = fakePlatform(0, seed)
    const later = async () => {
      const [turns = 0] = chance.random(4)
      for (let turn = 0; turn < turns % 16; turn++) await Promise.resolve()
    }
    return faultyStore(store, {
      find: later,
      list: later,
      async write(next) {
        await later()
        return next()
      },
    })
  }

  const four = async (seed: number) =>
    keyRig({ store: shuffled(await testStore(), seed), ahead: [0, 0, 0, 0] })

  /** As many as take a second or so. */
  const rounds = (count: number) =>
    Array.from({ length: storeKind === 'memory' ? count : count / 10 }, (_, i) => i + 1)

  it('FT-42 first starts on an empty store make one key', async () => {
    for (const seed of rounds(100)) {
      const rig = await four(seed)
      expect(rig.said()).toEqual(['key.created', 'key.activated'])
      for (const each of rig.processes) expect(servedIds(each)).toEqual(servedIds(rig.first))
    }
  })

  it('MD-04 of processes that see a rotation due, one makes the next key', async () => {
    for (const seed of rounds(30)) {
      const rig = await four(seed)
      await rig.pass(90 * 86_400)
      await rig.pass(0)
      expect(rig.said().slice(2)).toEqual(['key.created'])
      for (const each of rig.processes) expect(servedIds(each)).toEqual(servedIds(rig.first))
      await rig.pass(720)
      await rig.pass(86_400)
      expect(rig.said().slice(3)).toEqual(['key.activated', 'key.removed'])
    }
  })

  it('MD-04 of administrators who rotate at once, one does', async () => {
    for (const seed of rounds(30)) {
      const rig = await four(seed)
      const attempts = rig.processes.map(({ administration }) => administration.rotate())
      const outcomes = await Promise.allSettled(attempts)
      const codes = outcomes.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'))
      expect(codes.sort()).toEqual(['done', ...Array(3).fill('next_key_exists')])
      expect(rig.said().slice(2)).toEqual(['key.created'])
    }
  })

  it('MD-05 whoever withdraws what others rotate: the key is gone, and one signs', async () => {
    for (const seed of rounds(30)) {
      const rig = await four(seed)
      const [old = ''] = servedIds(rig.first)
      const [one, two, three, four_] = rig.processes.map(({ administration }) => administration)
      const outcomes = await Promise.allSettled([
        one?.retire(old),
        two?.retire(old),
        three?.rotate(),
        four_?.rotate({ now: true }),
        rig.pass(90 * 86_400),
      ])
      expect(outcomes.slice(0, 2).filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      await rig.pass(0)
      await rig.pass(0)
      expect(rig.said().filter((type) => type === 'key.retired')).toHaveLength(1)
      for (const each of rig.processes) {
        expect(servedIds(each)).not.toContain(old)
        expect(each.keys.signer().kid).toBe(rig.first.keys.signer().kid)
      }
      const states = (await rig.first.administration.list()).map(({ state }) => state)
      expect(states.filter((state) => state === 'current')).toHaveLength(1)
      expect(states.filter((state) => state === 'next').length).toBeLessThan(2)
    }
  })
})

describe('A store that is away', () => {
  /** A store that can go away, and counts how often keys are read. */
  async function leaving() {
    const state = { away: false, reads: 0 }
    const check = () => {
      if (state.away) throw new StoreUnavailable()
    }
    const store = faultyStore(await testStore(), {
      find: check,
      list() {
        state.reads += 1
        check()
      },
      async write(next) {
        check()
        return next()
      },
    })
    return { state, store }
  }

  it('INV-6 stops neither signing nor verifying, for as long as keys are good', async () => {
    const { state, store } = await leaving()
    const { first } = await keyRig({ store })
    await first.administration.rotate()
    const guard = ownGuard(first)
    state.away = true
    for (let hour = 0; hour < 48; hour++) {
      await expect(first.keys.follow()).rejects.toThrow(StoreUnavailable)
      const token = first.keys.signer().sign('at+jwt', claimsOf(first.platform.now()))
      expect(await statusOf(guard, token)).toBe(200)
      first.platform.advance(3_600_000)
    }
    expect(servedIds(first)).toEqual([first.keys.signer().kid])
  })

  it('INV-5 an unknown key is then neither known nor unknown', async () => {
    const { state, store } = await leaving()
    const { first } = await keyRig({ store })
    const stranger = await keyRig({ ahead: [1] })
    const now = first.platform.now()
    const token = stranger.first.keys.signer().sign('at+jwt', claimsOf(now))
    first.platform.advance(1_000)
    state.away = true
    expect(await statusOf(ownGuard(first), token)).toBe(503)
    state.away = false
    first.platform.advance(1_000)
    expect(await statusOf(ownGuard(first), token)).toBe(401)
  })

  it('FT-22 JW-23 tokens with made-up keys lead to one look a second', async () => {
    const { state, store } = await leaving()
    const { first } = await keyRig({ store })
    const guard = ownGuard(first)
    const [, payload, signature] = first.keys.signer().sign('at+jwt', claimsOf(0)).split('.')
    const before = state.reads
    for (let round = 0; round < 15; round++) {
      // Five rounds a second, of a hundred tokens at once.
      if (round % 5 === 0) first.platform.advance(1_000)
      const statuses = Array.from({ length: 100 }, (_, i) => {
        const header = { alg: 'ES256', typ: 'at+jwt', kid: `${round}-${i}` }
        const start = Buffer.from(JSON.stringify(header)).toString('base64url')
        return statusOf(guard, `${start}.${payload}.${signature}`)
      })
      expect(new Set(await Promise.all(statuses))).toEqual(new Set([401]))
    }
    expect(state.reads - before).toBe(3)
  })
})

describe('Keys that are not as they should be', () => {
  it('JW-03 a key verifies with its own algorithm only, and needs its name', async () => {
    const { keys } = (await keyRig()).first
    const { kid } = keys.signer()
    expect(await keys.find({ alg: 'ES256', kid })).toMatchObject({ alg: 'ES256' })
    for (const alg of ['RS256', 'EdDSA', 'ES384', 'none', 'HS256']) {
      expect(await keys.find({ alg, kid })).toBeUndefined()
    }
    expect(await keys.find({ alg: 'ES256', kid: undefined })).toBeUndefined()
  })

  it('MD-03 a private member in the store is not served', async () => {
    const { first, store, join } = await keyRig()
    const [id = ''] = servedIds(first)
    const row = await store.find('signingKeys', { id })
    const exposed = { ...row?.publicJwk, d: 'secret', k: 'secret', oth: 'secret' }
    await store.write([update('signingKeys', { id }, { publicJwk: exposed })])
    const { keys } = await join()
    expect(keys.jwks().keys).toEqual([row?.publicJwk])
  })

  it('one that cannot be opened does not sign, and keeps nothing else from being followed', async () => {
    const rig = await keyRig({ ahead: [0, 0] })
    const [one, two] = rig.processes
    const [old = ''] = servedIds(rig.first)
    const next = await rig.first.administration.rotate()
    const broken = { sealedPrivateJwk: 'not sealed' }
    await rig.store.write([update('signingKeys', { id: next.kid }, broken)])
    await expect(two?.keys.follow()).rejects.toMatchObject({ code: 'vault_error' })
    expect(two?.keys.signer().kid).toBe(old)
    await one?.administration.retire(old)
    await expect(two?.keys.follow()).rejects.toMatchObject({ code: 'vault_error' })
    expect(() => two?.keys.signer()).toThrow(expect.objectContaining({ code: 'no_signing_key' }))
    expect(two?.keys.jwks().keys.map(({ kid }) => kid)).toEqual([next.kid])
  })
})

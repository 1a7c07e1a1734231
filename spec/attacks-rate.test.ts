/** Attacks by number (RL): more requests than the budget, and more keys than there is memory for. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from 'warder/vault'
import { eventMaker } from '../src/events.ts'
import {
  API,
  authorizationParameters,
  authorizationServer,
  ISSUER,
  type Rig,
  type RigOptions,
} from './support/authorization-server.ts'
import { redisForTests, until } from './support/redis.ts'
import { outcome, postFrom } from './support/requests.ts'
import { onServers } from './support/servers.ts'

/** Registers a public client from an address. */
const register = (rig: Rig, remoteAddress: string, body: BodyInit = JSON.stringify(editor)) =>
  rig.server.fetch(
    new Request(`${ISSUER}/register`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body },
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    }),
    { remoteAddress },
  )

const editor = {
  client_name: 'Editor',
  redirect_uris: ['http://127.0.0.1/cb'],
  token_endpoint_auth_method: 'none',
}

const redis = redisForTests()

afterEach(async () => {
  if (onServers) await redis.command('FLUSHALL')
})

/** A server that counts by itself. */
async function alone(options: RigOptions) {
  const rig = await authorizationServer(options)
  return { rig, advance: async (milliseconds: number) => rig.platform.advance(milliseconds) }
}

/** A server that counts in Redis, with whoever else does. */
async function together(options: RigOptions, limitsSettings = {}) {
  const { limits, platform, store } = await redis.process({ settings: limitsSettings })
  return {
    rig: await authorizationServer({ ...options, limits, platform, store }),
    async advance(milliseconds: number) {
      platform.advance(milliseconds)
      await redis.advance(milliseconds)
    },
  }
}

describe('Attacks on the registration of clients, by number', () => {
  it('RL-01 one source past its budget uses up nothing that others need', async () => {
    const rig = await authorizationServer({
      settings: { registration: { perSource: 10, perFingerprint: 60 } },
    })
    const flood = Array.from({ length: 300 }, () => register(rig, '192.0.2.66'))
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(290)
    // The same software on another computer registers with the same metadata.
    expect((await register(rig, '198.51.100.7')).status).toBe(201)
  })

  it('RL-01 past the budget the body is not even read', async () => {
    const rig = await authorizationServer({ settings: { registration: { perSource: 1 } } })
    await register(rig, '192.0.2.66')
    let read = false
    const body = new ReadableStream(
      {
        pull(controller) {
          read = true
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const refused = await register(rig, '192.0.2.66', body)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(read).toBe(false)
  })
})

const BUDGET = 20
const settings = { limits: { token: BUDGET, authorize: BUDGET } }

const flood = (count: number, send: (i: number) => Promise<Response>) =>
  Promise.all(Array.from({ length: count }, (_, i) => send(i)))

const refusedOf = (answers: readonly Response[]) => answers.filter(({ status }) => status === 429)

const kinds = [
  { name: 'in one process', make: alone },
  ...(onServers ? [{ name: 'in Redis', make: together }] : []),
]

for (const { name, make } of kinds) {
  describe(`Attacks on the endpoints, by number, counted ${name}`, () => {
    it.each([
      ['/token', { grant_type: 'refresh_token', client_id: 'pub', refresh_token: 'x' }],
      ['/revoke', { client_id: 'pub', token: 'x' }],
    ])(
      'RL-01 %s at a hundred times the budget: 429 with the time to wait, others unaffected',
      async (path, form) => {
        const { rig, advance } = await make({ settings })
        const refused = refusedOf(
          await flood(100 * BUDGET, () => postFrom(rig, '192.0.2.66', path, form)),
        )
        expect(refused).toHaveLength(99 * BUDGET)
        expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(await outcome(refused[0] ?? new Response())).toBe('429 temporarily_unavailable')
        expect((await postFrom(rig, '192.0.2.67', path, form)).status).not.toBe(429)
        await advance(60_000)
        expect((await postFrom(rig, '192.0.2.66', path, form)).status).not.toBe(429)
      },
    )

    it('RL-01 a flood writes nothing past the budget, and is told of once', async () => {
      const { rig } = await make({ settings })
      const before = rig.events.length
      const form = { grant_type: 'refresh_token', client_id: 'pub', refresh_token: 'x' }
      await flood(20 * BUDGET, () => postFrom(rig, '192.0.2.66', '/token', form))
      expect(rig.events.length - before).toBe(BUDGET + 1)
      const told = rig.events.filter(({ rule }) => rule === 'rate/1')
      expect(told).toMatchObject([{ type: 'request.refused', source: '192.0.2.66' }])
    })

    it('RL-01 whoever has an IPv6 network has one budget, not one for each of its addresses', async () => {
      const { rig } = await make({ settings })
      const form = { client_id: 'pub', token: 'x' }
      const answers = await flood(2 * BUDGET, (i) =>
        postFrom(rig, `2001:db8:1:2::${i.toString(16)}`, '/revoke', form),
      )
      expect(refusedOf(answers)).toHaveLength(BUDGET)
    })

    it('RL-04 good requests of a client at once do not spend what its failures may', async () => {
      const { rig } = await make({ settings: { limits: { clientFailures: 5 } } })
      const ask = (client_secret: string) => {
        const form = { grant_type: 'client_credentials', client_id: 'svc', client_secret }
        return postFrom(rig, '192.0.2.1', '/token', { ...form, resource: API })
      }
      const good = await flood(50, () => ask(rig.secrets.svc))
      expect(good.filter(({ status }) => status === 200)).toHaveLength(50)
      const guesses = await flood(50, () => ask('a guess'))
      expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5)
      expect(refusedOf(guesses)).toHaveLength(45)
    })
  })
}

if (onServers)
  describe('Attacks on several servers that count in one Redis', () => {
    it('RL-01 the budget of a source is one, however many servers it asks', async () => {
      const servers = [await together({ settings }), await together({ settings })]
      const form = { client_id: 'pub', token: 'x' }
      const answers = await flood(8 * BUDGET, async (i) => {
        const { rig } = servers[i % 2] ?? (await together({ settings }))
        return postFrom(rig, '192.0.2.66', '/revoke', form)
      })
      expect(refusedOf(answers)).toHaveLength(7 * BUDGET)
    })

    it('FT-32 spraying accounts while Redis hangs: no sign-in without a limit, and none that waits', async () => {
      const { rig } = await together({}, { timeout: 50 })
      const spray = (i: number) => {
        const password = new Secret('a guess that is long enough')
        const attempt = { method: 'password', username: `user${i}@example.com`, password } as const
        return rig.accounts.signIn(
          { ...attempt, source: '192.0.2.66' },
          eventMaker(rig.platform, 't'),
        )
      }
      const outcomes = await redis.whileFrozen(async () => {
        const outcomes: string[] = []
        for (let i = 0; i < 100; i++) {
          const { ok, ...refused } = await spray(i)
          outcomes.push(ok ? 'let in' : String(Object(refused).reason))
        }
        return outcomes
      })
      expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(30)
      expect(outcomes.filter((outcome) => outcome === 'throttled')).toHaveLength(70)
    })

    it('FT-32 with limits.whenAway "refuse", signing in while Redis is away is a 503', async () => {
      const { limits, platform, store, events } = await redis.process({
        settings: { whenAway: 'refuse' },
      })
      const rig = await authorizationServer({ limits, platform, store })
      const browser = rig.browser()
      const at = await browser.start(await authorizationParameters())
      await redis.service().halt('SIGKILL')
      await until(() => events.length === 1, 'Redis is away')
      const { response } = await browser.signIn(at)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')
      await redis.service().start()
      await until(() => events.length === 2, 'Redis is back')
      expect((await browser.signIn(at)).response.status).toBe(200)
    })
  })

describe('Attacks on the memory of the endpoints', () => {
  it('RL-03 client ids by the hundred, each as long as a request may be, take no memory', async () => {
    const rig = await authorizationServer({ settings: { limits: { token: 1_000_000 } } })
    const guess = async (i: number) => {
      await postFrom(rig, '192.0.2.66', '/token', {
        grant_type: 'client_credentials',
        client_id: `${i}${'x'.repeat(60_000)}`,
        client_secret: 'guess',
      })
      rig.events.length = 0
    }
    for (let i = 0; i < 50; i++) await guess(i)
    const before = held()
    for (let i = 0; i < 300; i++) await guess(50 + i)
    // The ids alone would be 18 MB.
    expect(held() - before).toBeLessThan(6_000_000)
  })

  it('RL-03 sources by the thousand are forgotten, and one that keeps coming is not', async () => {
    const rig = await authorizationServer({ settings })
    const form = { client_id: 'pub', token: 'x' }
    for (let i = 0; i < BUDGET; i++) await postFrom(rig, '192.0.2.66', '/revoke', form)
    for (let i = 0; i < 2_000; i++) {
      await postFrom(rig, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, '/revoke', form)
      if (i % 500 === 0) {
        expect((await postFrom(rig, '192.0.2.66', '/revoke', form)).status).toBe(429)
      }
    }
  })

  /** Bytes on the heap that something still holds. */
  function held(): number {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    return process.memoryUsage().heapUsed
  }
})

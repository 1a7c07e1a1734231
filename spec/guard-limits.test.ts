/** Limits of a guard: how often callers may ask, what they are told, and what happens without Redis. */

import { describe, expect, it } from 'vitest'
import { type GuardLimits, type Identity, scopes } from 'warder/guard'
import {
  LimitsUnavailable,
  localLimits,
  type RateDecision,
  type RateRule,
  sourceKey,
} from 'warder/limits'
import { memoryStore } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { lastReason, NOW, requestWith } from './fixtures/issuer.ts'
import { stubGuard, stubKind } from './fixtures/stub-kind.ts'
import { redisForTests } from './support/redis.ts'
import { onServers } from './support/servers.ts'

const redis = redisForTests()

/** One a second, so many at once. */
const burst = (burst: number) => ({ perMinute: 60, burst })

/** A guard with limits, and what it answers to a request. */
function limited(limits: GuardLimits, identity: Partial<Identity> = {}) {
  const { guard, platform, events } = stubGuard(identity, { limits })
  return {
    guard,
    platform,
    events,
    async ask(remoteAddress?: string, authorization: string | undefined = 'Bearer x') {
      const connection = remoteAddress === undefined ? {} : { remoteAddress }
      const outcome = await guard.check(requestWith(authorization), undefined, connection)
      if (outcome instanceof Response) {
        return { status: outcome.status, headers: outcome.headers, answer: outcome }
      }
      return { status: 200, headers: new Headers(guard.headers(outcome)), answer: undefined }
    },
  }
}

/** What headers say of budgets. */
const budgets = ({ headers }: { readonly headers: Headers }) => ({
  policy: headers.get('ratelimit-policy'),
  left: headers.get('ratelimit'),
  wait: headers.get('retry-after'),
})

describe('Limits of a guard', () => {
  it('nobody is counted unless it is asked for', async () => {
    const { ask } = limited({})
    for (let i = 0; i < 100; i++) {
      expect(budgets(await ask())).toEqual({ policy: null, left: null, wait: null })
    }
  })

  it('each answer says how much is left, and a 429 when to come again', async () => {
    const { ask, platform } = limited({ client: { perMinute: 30, burst: 3 } })
    const policy = '"client";q=3;w=6'
    expect(budgets(await ask())).toEqual({ policy, left: '"client";r=2;t=2', wait: null })
    expect(budgets(await ask())).toEqual({ policy, left: '"client";r=1;t=4', wait: null })
    expect(budgets(await ask())).toEqual({ policy, left: '"client";r=0;t=6', wait: null })
    const refused = await ask()
    expect(refused.status).toBe(429)
    expect(budgets(refused)).toEqual({ policy, left: '"client";r=0;t=2', wait: '2' })
    platform.advance(2_000)
    expect(budgets(await ask())).toEqual({ policy, left: '"client";r=0;t=6', wait: null })
  })

  it('a 429 is no challenge, says nothing of others, is kept by no cache, and is an event', async () => {
    const { ask, events } = limited({ client: burst(1) })
    await ask()
    const { headers, answer } = await ask()
    expect(headers.get('www-authenticate')).toBeNull()
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await answer?.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect(events).toMatchObject([
      { type: 'guard.refused', rule: 'rate/1', wait: 1, subject: 'alice', clientId: 'web' },
    ])
  })

  it('clients are counted by issuer and id, subjects over all their clients', async () => {
    const platform = fakePlatform(NOW * 1000)
    const counters = localLimits({ store: memoryStore(), platform })
    const shared = new Map<string, ReturnType<typeof counters.rateLimiter>>()
    /** Guards of one resource in several processes, which count together. */
    const together: GuardLimits['counters'] = {
      rateLimiter(name, rule) {
        const limiter = shared.get(name) ?? counters.rateLimiter(name, rule)
        shared.set(name, limiter)
        return limiter
      },
    }
    const askAs = async (identity: Partial<Identity>, limits: GuardLimits) => {
      const { guard } = stubGuard(identity, { limits: { ...limits, counters: together } })
      const outcome = await guard.check(requestWith('Bearer x'))
      return outcome instanceof Response ? outcome.status : 200
    }
    const client = { client: burst(1) }
    expect(await askAs({ clientId: 'a' }, client)).toBe(200)
    expect(await askAs({ clientId: 'a', subject: 'bob' }, client)).toBe(429)
    expect(await askAs({ clientId: 'b' }, client)).toBe(200)
    expect(await askAs({ clientId: 'a', issuer: 'https://as2.test' }, client)).toBe(200)
    const subject = { subject: burst(1) }
    expect(await askAs({ clientId: 'a' }, subject)).toBe(200)
    expect(await askAs({ clientId: 'b' }, subject)).toBe(429)
    expect(await askAs({ subject: 'bob' }, subject)).toBe(200)
    expect([...shared.keys()]).toEqual([
      'guard:https://mcp.test/mcp:client',
      'guard:https://mcp.test/mcp:subject',
    ])
  })

  it('sources are counted before anybody looks at credentials, an IPv6 network as one', async () => {
    const { ask, events } = limited({ source: { ...burst(2), by: sourceKey } })
    expect((await ask('2001:db8::1', 'Bearer x')).status).toBe(200)
    expect(budgets(await ask('2001:db8::2', '')).left).toBe('"source";r=0;t=2')
    const refused = await ask('2001:db8::ffff', 'Bearer x')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(events).toMatchObject([{ type: 'guard.refused', source: '2001:db8::ffff' }])
    expect((await ask('2001:db8:0:1::1')).status).toBe(200)
    expect((await ask('192.0.2.1')).status).toBe(200)
  })

  it('a key that comes with a rate of its own has that instead of the clients’', async () => {
    const { guard, platform } = stubGuard(
      {},
      {
        limits: { client: burst(5) },
        accept: [
          stubKind({ clientId: 'k1', rate: burst(1) }, { scheme: 'Slow' }),
          stubKind({ clientId: 'k2', rate: burst(1) }, { scheme: 'Other' }),
          stubKind({ clientId: 'k3', rate: burst(2) }, { scheme: 'Fast' }),
          stubKind({}, { scheme: 'Bearer' }),
        ],
      },
    )
    const ask = async (scheme: string) => {
      const outcome = await guard.check(requestWith(`${scheme} x`))
      return outcome instanceof Response
        ? outcome.status
        : new Headers(guard.headers(outcome)).get('ratelimit-policy')
    }
    expect(await ask('Slow')).toBe('"key";q=1;w=1')
    expect(await ask('Slow')).toBe(429)
    expect(await ask('Other')).toBe('"key";q=1;w=1')
    expect([await ask('Fast'), await ask('Fast'), await ask('Fast')]).toEqual([
      ...['"key";q=2;w=2', '"key";q=2;w=2', 429],
    ])
    expect(await ask('Bearer')).toBe('"client";q=5;w=5')
    platform.advance(1_000)
    expect(await ask('Slow')).toBe('"key";q=1;w=1')
  })

  it('a key has one budget at all resources that count together, a client one at each', async () => {
    const platform = fakePlatform(NOW * 1000)
    const counters = localLimits({ store: memoryStore(), platform })
    const guards = ['https://one.test/mcp', 'https://two.test/mcp'].map(
      (resource) =>
        stubGuard(
          {},
          {
            ...{ resource, platform, limits: { client: burst(1), counters } },
            accept: [
              stubKind({ clientId: 'k1', rate: burst(2) }, { scheme: 'Key' }),
              stubKind({}, { scheme: 'Bearer' }),
            ],
          },
        ).guard,
    )
    const ask = (scheme: string) =>
      Promise.all(
        guards.map(async (guard) => {
          const outcome = await guard.check(requestWith(`${scheme} x`))
          return outcome instanceof Response ? outcome.status : 200
        }),
      )
    expect(await ask('Key')).toEqual([200, 200])
    expect(await ask('Key')).toEqual([429, 429])
    expect(await ask('Bearer')).toEqual([200, 200])
    expect(await ask('Bearer')).toEqual([429, 429])
    platform.advance(1_000)
    expect((await ask('Key')).toSorted()).toEqual([200, 429])
  })

  it('several budgets are all named, up to the one that is spent', async () => {
    const { ask } = limited({
      ...{ source: { ...burst(9), by: sourceKey }, client: burst(8), subject: burst(1) },
    })
    const policy = '"source";q=9;w=9, "client";q=8;w=8, "subject";q=1;w=1'
    const left = '"source";r=8;t=1, "client";r=7;t=1, "subject";r=0;t=1'
    expect(budgets(await ask('192.0.2.1'))).toEqual({ policy, left, wait: null })
    expect(budgets(await ask('192.0.2.1'))).toEqual({
      ...{ policy, left: '"source";r=7;t=2, "client";r=6;t=2, "subject";r=0;t=1', wait: '1' },
    })
  })

  it('whoever is refused for something else is told what is left, and has paid', async () => {
    const { guard } = stubGuard({}, { limits: { client: burst(2) } })
    const answer = async () => {
      const outcome = await guard.check(requestWith('Bearer x'), scopes('notes:write'))
      return outcome instanceof Response && [outcome.status, outcome.headers.get('ratelimit')]
    }
    expect(await answer()).toEqual([403, '"client";r=1;t=1'])
    expect(await answer()).toEqual([403, '"client";r=0;t=2'])
    expect(await answer()).toEqual([429, '"client";r=0;t=1'])
  })

  it('AK-05 of a hundred at once with one left, exactly one passes', async () => {
    for (const limits of [{ client: burst(1) }, { subject: burst(1) }, {}]) {
      const own = Object.keys(limits).length === 0 ? { rate: burst(1) } : {}
      const { ask } = limited(limits, own)
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => ask()))
      expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(outcomes.filter(({ status }) => status === 429)).toHaveLength(99)
    }
  })

  it('while nobody can count, the choice is the counters’: those that refuse are answered 503', async () => {
    const alone: RateDecision = {
      ...{ allowed: true, retryAfterSeconds: 0, remaining: 7, fullAfterSeconds: 3 },
    }
    const counting = (take: () => Promise<RateDecision>) => ({
      rateLimiter: () => ({ take, attempt: () => Promise.reject(new Error('not for guards')) }),
    })
    const refusing = counting(() =>
      Promise.reject(new LimitsUnavailable({ detail: 'Redis is away' })),
    )
    for (const name of ['client', 'subject', 'source'] as const) {
      const rule = { ...burst(1), by: sourceKey }
      const away = limited({ [name]: rule, counters: refusing })
      const { status, headers } = await away.ask('192.0.2.1')
      expect([status, headers.get('retry-after')]).toEqual([503, '1'])
      expect(lastReason(away.events)).toBe('Redis is away')
      const { ask } = limited({ [name]: rule, counters: counting(async () => alone) })
      expect((await ask('192.0.2.1')).headers.get('ratelimit')).toBe(`"${name}";r=7;t=3`)
    }
  })

  it.each([
    ['limits.client.perMinute', { client: { perMinute: 0, burst: 1 } }],
    ['limits.client.burst', { client: { perMinute: 1, burst: 0 } }],
    ['limits.subject.burst', { subject: { perMinute: 1, burst: 1.5 } }],
    ['limits.source.perMinute', { source: { perMinute: Number.NaN, burst: 1, by: sourceKey } }],
    ['limits.client.perMinute', { client: { perMinute: Number.POSITIVE_INFINITY, burst: 1 } }],
    ['limits.source.by', JSON.parse('{ "source": { "perMinute": 1, "burst": 1 } }')],
  ])('what is no limit makes no guard: %s', (path, limits) => {
    expect(() => stubGuard({}, { limits })).toThrow(`${path}: `)
  })
})

if (onServers)
  describe('Limits of guards in several processes, with Redis', () => {
    /** The same guard in another process. */
    const another = async (rule: RateRule, clientId: string) => {
      const { limits } = await redis.process()
      return limited({ client: rule, counters: limits }, { clientId })
    }

    it('AK-05 of a hundred at once over two processes with one left, exactly one passes', async () => {
      const once = { perMinute: 1, burst: 1 }
      const guards = [await another(once, 'a'), await another(once, 'a')]
      const outcomes = await Promise.all(
        guards.flatMap(({ ask }) => Array.from({ length: 50 }, () => ask())),
      )
      expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(outcomes.filter(({ status }) => status === 429)).toHaveLength(99)
    })

    it('each process says what is left for all', async () => {
      const rule = { perMinute: 2, burst: 4 }
      const [one, two] = [await another(rule, 'b'), await another(rule, 'b')]
      const left: (string | null)[] = []
      for (const { ask } of [one, two, one, two]) left.push(budgets(await ask()).left)
      expect(left.map((state) => /r=\d+/.exec(state ?? '')?.[0])).toEqual([
        ...['r=3', 'r=2', 'r=1', 'r=0'],
      ])
      const refused = await two.ask()
      expect(budgets(refused)).toMatchObject({ policy: '"client";q=4;w=120', wait: '30' })
      expect(budgets(refused).left).toBe('"client";r=0;t=30')
    })
  })

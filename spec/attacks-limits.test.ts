/** Attacks on the limits, in one process and in Redis, and on what remembers what was presented. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createThrottle,
  type Limits,
  localLimits,
  type RateLimiter,
  type RateRule,
  throttleSettings,
} from 'warder/limits'
import { memoryStore } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { createVault, Secret } from 'warder/vault'
import { redisForTests } from './support/redis.ts'
import { onServers } from './support/servers.ts'

const redis = redisForTests()

/** Limits, and the passing of time for them. */
interface Rig {
  readonly limits: Limits
  readonly platform: FakePlatform
  advance(milliseconds: number): Promise<void>
}

function local(platform = fakePlatform()): Rig {
  const limits = localLimits({ store: memoryStore(), platform })
  return { limits, platform, advance: async (milliseconds) => platform.advance(milliseconds) }
}

async function shared(): Promise<Rig> {
  const { limits, platform } = await redis.process()
  return {
    limits,
    platform,
    async advance(milliseconds) {
      platform.advance(milliseconds)
      await redis.advance(milliseconds)
    },
  }
}

const times = <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))

const allowedOf = (decisions: readonly { readonly allowed: boolean }[]) =>
  decisions.filter(({ allowed }) => allowed).length

const kinds = [
  { name: 'in one process', make: async () => local() },
  ...(onServers ? [{ name: 'in Redis', make: shared }] : []),
]

for (const { name, make } of kinds) {
  describe(`Attacks on rate limits ${name}`, () => {
    /** A minute for each request: a test that takes long earns nothing back. */
    const rule: RateRule = { perMinute: 1, burst: 10 }
    let limiters = 0
    const limiter = async (rule: RateRule) => {
      const rig = await make()
      return { ...rig, limiter: rig.limits.rateLimiter(`${name} ${++limiters}`, rule) }
    }

    it('RL-01 beyond the budget every request is refused with the time to wait', async () => {
      const { limiter: limit } = await limiter(rule)
      const decisions = await times(1_000, () => limit.take('attacker'))
      expect(allowedOf(decisions)).toBe(10)
      const { allowed, retryAfterSeconds } = await limit.take('attacker')
      expect(allowed).toBe(false)
      expect(retryAfterSeconds).toBeGreaterThan(50)
      expect(retryAfterSeconds).toBeLessThanOrEqual(60)
      expect((await limit.take('bystander')).allowed).toBe(true)
    })

    it('RL-01 what is refused costs nothing: the wait is over when it was said to be', async () => {
      const { limiter: limit, advance } = await limiter(rule)
      await times(500, () => limit.take('key'))
      await advance(60_000)
      expect(allowedOf(await times(10, () => limit.take('key')))).toBe(1)
    })

    it('RL-04 a hundred at once at the edge of a wait: one gets through', async () => {
      const { limiter: limit, advance } = await limiter(rule)
      expect(allowedOf(await times(100, () => limit.take('key')))).toBe(10)
      await advance(50_000)
      expect(allowedOf(await times(100, () => limit.take('key')))).toBe(0)
      await advance(10_000)
      expect(allowedOf(await times(100, () => limit.take('key')))).toBe(1)
    })

    it('RL-04 guesses at once are paid for before they are made', async () => {
      const { limiter: limit } = await limiter(rule)
      let made = 0
      const guess = () =>
        limit.attempt('client', () => {
          made++
          return false
        })
      expect(allowedOf(await times(100, guess))).toBe(10)
      expect(made).toBe(10)
    })

    it('RL-04 good attempts at once do not spend the budget', async () => {
      const { limiter: limit } = await limiter(rule)
      const attempts = await times(100, () => limit.attempt('client', () => true))
      expect(attempts.every(({ allowed, succeeded }) => allowed && succeeded)).toBe(true)
    })

    it('RL-04 past the budget of guesses even the right one is refused, unseen', async () => {
      const { limiter: limit } = await limiter(rule)
      await times(10, () => limit.attempt('client', () => false))
      const right = await limit.attempt('client', () => {
        throw new Error('It was looked at.')
      })
      expect(right).toMatchObject({ allowed: false, succeeded: false })
    })
  })
}

describe('Attacks on the memory of rate limits', () => {
  it('RL-03 a million keys leave ten thousand, and whoever keeps coming is among them', async () => {
    const limiter = local().limits.rateLimiter('keys', { perMinute: 1, burst: 1 })
    await limiter.take('forgotten')
    expect((await limiter.take('forgotten')).allowed).toBe(false)
    for (let i = 0; i < 1_000_000; i++) {
      await limiter.take(`key ${i}`)
      if (i % 4_999 === 0) expect((await limiter.take('persistent')).allowed).toBe(i === 0)
    }
    const remembered = async (key: string) => !(await limiter.take(key)).allowed
    expect(await remembered('key 999999')).toBe(true)
    expect(await remembered('key 989999')).toBe(false)
    expect(await remembered('forgotten')).toBe(false)
  }, 30_000)

  it('RL-04 no window of a minute lets more through than the burst and the rate', async () => {
    const waits = fc.array(fc.nat(5_000), { minLength: 50, maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(
        waits,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 20 }),
        async (gaps, perMinute, burst) => {
          const { limits, platform } = local()
          const limiter = limits.rateLimiter('any', { perMinute, burst })
          const allowedAt: number[] = []
          for (const gap of gaps) {
            platform.advance(gap)
            if ((await limiter.take('key')).allowed) allowedAt.push(platform.now())
          }
          for (const start of allowedAt) {
            const within = allowedAt.filter((at) => at >= start && at < start + 60_000)
            expect(within.length).toBeLessThanOrEqual(perMinute + burst)
          }
        },
      ),
    )
  })
})

if (onServers)
  describe('Attacks on rate limits over several processes', () => {
    const rule: RateRule = { perMinute: 1, burst: 10 }

    /** One limit, as two processes have it. */
    const twice = async (name: string): Promise<readonly [RateLimiter, RateLimiter]> => {
      const [one, two] = [await redis.process(), await redis.process()]
      return [one.limits.rateLimiter(name, rule), two.limits.rateLimiter(name, rule)]
    }

    it('RL-04 a hundred at once over two processes: exactly the burst gets through', async () => {
      const limiters = await twice('two')
      const takes = limiters.flatMap((limiter) =>
        Array.from({ length: 50 }, () => limiter.take('key')),
      )
      expect(allowedOf(await Promise.all(takes))).toBe(10)
    })

    it('RL-04 guesses are counted over processes, and right secrets are not', async () => {
      const [one, two] = await twice('guesses')
      expect(allowedOf(await times(50, () => one.attempt('client', () => true)))).toBe(50)
      for (let i = 0; i < 10; i++) await one.attempt('client', () => false)
      // The first of another process is the one that learns of it.
      await two.attempt('client', () => false)
      expect(await two.attempt('client', () => true)).toMatchObject({ allowed: false })
    })

    it('RL-01 a flood that Redis refuses does not become a flood of Redis', async () => {
      const [quiet, flooded] = await twice('flood')
      for (let i = 0; i < 10; i++) await quiet.take('key')
      await flooded.take('key')
      const asked = async () => {
        const stats = String(await redis.command('INFO', 'commandstats'))
        return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])
      }
      const before = await asked()
      expect(before).toBeGreaterThan(10)
      for (let i = 0; i < 1_000; i++) {
        expect(await flooded.take('key')).toMatchObject({ allowed: false })
      }
      expect(await asked()).toBe(before)
    })

    it('RL-01 what Redis refuses does not count against the process that asked', async () => {
      const [one, two] = [await redis.process(), await redis.process()]
      const busy = one.limits.rateLimiter('refused', rule)
      const asking = two.limits.rateLimiter('refused', rule)
      for (let i = 0; i < 10; i++) await busy.take('key')
      expect(allowedOf(await times(10, () => asking.take('key')))).toBe(0)
      await redis.advance(600_000)
      two.platform.advance(60_000)
      expect(allowedOf(await times(10, () => asking.take('key')))).toBe(10)
    })

    it('RL-04 a long silence saves nothing up', async () => {
      const limiters = await twice('silence')
      for (const limiter of limiters) await limiter.take('key')
      await redis.advance(86_400_000)
      const takes = limiters.flatMap((limiter) =>
        Array.from({ length: 9 }, () => limiter.take('key')),
      )
      expect(allowedOf(await Promise.all(takes))).toBe(10)
    })

    it('RL-04 if the clock of Redis is set back, nobody waits for longer than one request takes', async () => {
      const [one, two] = await twice('set back')
      for (let i = 0; i < 10; i++) await one.take('key')
      await redis.advance(-86_400_000)
      expect(await two.take('key')).toMatchObject({ allowed: false, retryAfterSeconds: 60 })
    })

    it('RL-04 a clock that is wrong in one process changes nothing', async () => {
      const right = await redis.process()
      const platform = fakePlatform(Date.now() + 600_000, 7)
      const wrong = await redis.process({ platform })
      expect(wrong.warnings).toEqual([
        "The clock of Redis (limits.url) is 600 s behind this machine's. Set both by NTP, or good proofs are refused.",
      ])
      const here = right.limits.rateLimiter('clocks', rule)
      const there = wrong.limits.rateLimiter('clocks', rule)
      for (let i = 0; i < 10; i++) await here.take('key')
      expect(await there.take('key')).toMatchObject({ allowed: false, retryAfterSeconds: 60 })
      platform.advance(-1_200_000)
      expect(await there.take('key')).toMatchObject({ allowed: false })
    })

    it('RL-03 every key in Redis is forgotten when its budget is full again', async () => {
      const { limits } = await redis.process()
      const limiter = limits.rateLimiter('many', { perMinute: 1, burst: 5 })
      await times(2_000, (i) => limiter.take(`2001:db8:${i.toString(16)}::/64`))
      const keys = await redis.command('KEYS', '*:rate:many:*')
      expect(keys).toHaveLength(2_000)
      const lives = await times(50, (i) => redis.command('PTTL', String(Object(keys)[i * 40])))
      for (const life of lives) {
        expect(Number(life)).toBeGreaterThan(-1)
        expect(Number(life)).toBeLessThanOrEqual(60_000)
      }
    })

    it('SD-10 a key is a key, whatever is in it', async () => {
      const { limits } = await redis.process()
      const limiter = limits.rateLimiter('odd', { perMinute: 1, burst: 1 })
      const odd = ['*', 'a:b', "'", '\u0000', '{"$gt":""}', '\r\nFLUSHALL\r\n', '', ' ', '😀']
      expect(allowedOf(await times(odd.length, (i) => limiter.take(odd[i] ?? '')))).toBe(odd.length)
      expect(allowedOf(await times(odd.length, (i) => limiter.take(odd[i] ?? '')))).toBe(0)
    })
  })

describe('Attacks on the throttle', () => {
  function throttleOf() {
    const store = memoryStore()
    const platform = fakePlatform()
    const vault = createVault(new Secret(platform.random(32)), platform)
    const settings = throttleSettings.parse({})
    const throttle = createThrottle({ store, vault, platform, settings })
    return { store, platform, settings, vault, throttle }
  }

  it('RL-03 what a throttle remembers is swept away', async () => {
    const { store, platform, settings, throttle } = throttleOf()
    for (let i = 0; i < 100; i++) await throttle.admit(`account:user${i}@example.com`)
    platform.advance(settings.forgetAfter * 1000 + 1)
    expect(await store.sweep(platform.now(), 1_000)).toBe(100)
  })

  it('RL-04 a hundred at once at the edge of a wait: one gets through', async () => {
    const { platform, throttle } = throttleOf()
    const atOnce = async () => {
      const admissions = await Promise.all(Array.from({ length: 100 }, () => throttle.admit('key')))
      return admissions.filter(({ admitted }) => admitted).length
    }
    expect(await atOnce()).toBe(5)
    platform.advance(999)
    expect(await atOnce()).toBe(0)
    platform.advance(1)
    expect(await atOnce()).toBe(1)
    platform.advance(2_000)
    expect(await atOnce()).toBe(1)
  })

  it('RL-04 two processes that share a store share the count', async () => {
    const { store, platform, settings, vault, throttle } = throttleOf()
    const other = createThrottle({ store, vault, platform, settings })
    const both = Array.from({ length: 50 }, () => [throttle.admit('key'), other.admit('key')])
    const admissions = await Promise.all(both.flat())
    expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(5)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateLimiter, createThrottle, throttleSettings } from 'warder/limits'
import { memoryStore } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { createVault, Secret } from 'warder/vault'

function throttleOf() {
  const store = memoryStore()
  const platform = fakePlatform()
  const vault = createVault(new Secret(platform.random(32)), platform)
  const settings = throttleSettings.parse({})
  return {
    store,
    platform,
    settings,
    vault,
    throttle: createThrottle({ store, vault, platform, settings }),
  }
}

describe('Attacks on the limits', () => {
  it('RL-01 beyond the budget every request is refused with the time to wait', () => {
    const limiter = createRateLimiter(fakePlatform(), { perMinute: 60, burst: 10 })
    const decisions = Array.from({ length: 1_000 }, () => limiter.take('attacker'))
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(10)
    expect(decisions.at(-1)).toEqual({ allowed: false, retryAfterSeconds: 1 })
    expect(limiter.take('bystander').allowed).toBe(true)
  })

  it('RL-03 a million keys leave ten thousand, and whoever keeps coming is among them', () => {
    const limiter = createRateLimiter(fakePlatform(), { perMinute: 1, burst: 1 })
    limiter.take('forgotten')
    expect(limiter.take('forgotten').allowed).toBe(false)
    for (let i = 0; i < 1_000_000; i++) {
      limiter.take(`key ${i}`)
      if (i % 4_999 === 0) expect(limiter.take('persistent').allowed).toBe(i === 0)
    }
    const remembered = (key: string) => !limiter.take(key).allowed
    expect(remembered('key 999999')).toBe(true)
    expect(remembered('key 989999')).toBe(false)
    expect(remembered('forgotten')).toBe(false)
  })

  it('RL-03 what a throttle remembers is swept away', async () => {
    const { store, platform, settings, throttle } = throttleOf()
    for (let i = 0; i < 100; i++) await throttle.admit(`account:user${i}@example.com`)
    platform.advance(settings.forgetAfter * 1000 + 1)
    expect(await store.sweep(platform.now(), 1_000)).toBe(100)
  })

  it('RL-04 no window of a minute lets more through than the burst and the rate', () => {
    const waits = fc.array(fc.nat(5_000), { minLength: 50, maxLength: 300 })
    fc.assert(
      fc.property(
        waits,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 20 }),
        (gaps, perMinute, burst) => {
          const platform = fakePlatform()
          const limiter = createRateLimiter(platform, { perMinute, burst })
          const allowedAt = gaps.flatMap((gap) => {
            platform.advance(gap)
            return limiter.take('key').allowed ? [platform.now()] : []
          })
          for (const start of allowedAt) {
            const within = allowedAt.filter((at) => at >= start && at < start + 60_000)
            expect(within.length).toBeLessThanOrEqual(perMinute + burst)
          }
        },
      ),
    )
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

import { describe, expect, it } from 'vitest'
import { fakePlatform } from '../testing/clock.ts'
import { createGcra } from './gcra.ts'

describe('The generic cell rate algorithm', () => {
  it('allows the burst, then one an interval, and says how long to wait', () => {
    const platform = fakePlatform()
    const limiter = createGcra(platform, { perMinute: 6, burst: 3 })
    const take = () => limiter.take('a')
    const free = { allowed: true, retryAfterSeconds: 0 }
    expect([take(), take(), take()]).toEqual([
      { ...free, remaining: 2, fullAfterSeconds: 10 },
      { ...free, remaining: 1, fullAfterSeconds: 20 },
      { ...free, remaining: 0, fullAfterSeconds: 30 },
    ])
    const none = { allowed: false, remaining: 0 }
    expect(take()).toEqual({ ...none, retryAfterSeconds: 10, fullAfterSeconds: 30 })
    platform.advance(9_000)
    expect(take()).toEqual({ ...none, retryAfterSeconds: 1, fullAfterSeconds: 21 })
    platform.advance(1_000)
    expect([take().allowed, take().allowed]).toEqual([true, false])
  })

  it('does not charge for refusals', () => {
    const platform = fakePlatform()
    const limiter = createGcra(platform, { perMinute: 60, burst: 1 })
    for (let i = 0; i < 100; i++) limiter.take('a')
    platform.advance(1_000)
    expect(limiter.take('a').allowed).toBe(true)
  })

  it('keeps keys apart, and charges what a request costs', () => {
    const limiter = createGcra(fakePlatform(), { perMinute: 60, burst: 5 })
    expect([limiter.take('a', 4).allowed, limiter.take('a', 2).allowed]).toEqual([true, false])
    expect(limiter.take('b', 5).allowed).toBe(true)
    expect(() => limiter.take('c', 6)).toThrow(RangeError)
  })

  it.each([1, 7, 13, 59, 60, 999])('gives the whole burst at %i a minute', (perMinute) => {
    const limiter = createGcra(fakePlatform(), { perMinute, burst: 300 })
    const allowed = Array.from({ length: 301 }, () => limiter.take('a').allowed)
    expect(allowed.filter(Boolean)).toHaveLength(300)
  })

  it('never makes anyone wait longer than a whole budget when the clock is set back', () => {
    const platform = fakePlatform()
    const limiter = createGcra(platform, { perMinute: 60, burst: 2 })
    limiter.take('a')
    limiter.take('a')
    platform.advance(-86_400_000)
    expect(limiter.take('a')).toMatchObject({ allowed: false, retryAfterSeconds: 1 })
  })
})

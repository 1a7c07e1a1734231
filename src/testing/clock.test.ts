import { describe, expect, it } from 'vitest'
import { randomToken } from '../platform.ts'
import { fakePlatform } from './clock.ts'

describe('fakePlatform', () => {
  it('stands still until told', () => {
    const platform = fakePlatform(1000)
    expect([platform.now(), platform.now()]).toEqual([1000, 1000])
    platform.advance(5)
    expect(platform.now()).toBe(1005)
    platform.advance(-10)
    expect(platform.now()).toBe(995)
    platform.set(7)
    expect(platform.now()).toBe(7)
  })

  it('gives as many bytes as asked for', () => {
    const lengths = [0, 1, 3, 4, 5, 32, 1000]
    expect(lengths.map((length) => fakePlatform().random(length).length)).toEqual(lengths)
  })

  it('repeats itself from run to run, and never within one', () => {
    const tokens = (seed?: number) => {
      const platform = fakePlatform(0, seed)
      return Array.from({ length: 10_000 }, () => randomToken(platform, 8))
    }
    expect(tokens()).toEqual(tokens(1))
    expect(new Set(tokens()).size).toBe(10_000)
    expect(tokens(2)).not.toContain(tokens(1)[0])
  })

  it('uses every byte value', () => {
    expect(new Set(fakePlatform().random(10_000)).size).toBe(256)
  })
})

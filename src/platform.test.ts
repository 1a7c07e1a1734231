import { describe, expect, it } from 'vitest'
import { orderedId, orderedIdsFrom } from './platform.ts'
import { fakePlatform } from './testing/clock.ts'

describe('Ids that sort by time', () => {
  it('sort as they were made, within a millisecond and beyond', () => {
    const platform = fakePlatform()
    const ids = Array.from({ length: 2_000 }, (_, i) => {
      if (i % 100 === 0) platform.advance(1)
      return orderedId(platform)
    })
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are parted at a time', () => {
    const platform = fakePlatform()
    const before = orderedId(platform)
    const bound = orderedIdsFrom(platform.now() + 1)
    platform.advance(1)
    expect(before < bound && bound < orderedId(platform)).toBe(true)
    expect(orderedIdsFrom(0) < before).toBe(true)
  })

  it('survive a clock that is before its epoch', () => {
    expect(orderedId(fakePlatform(-5))).toMatch(/^000000000/)
  })
})

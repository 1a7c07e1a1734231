import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelay } from './backoff.ts'

const platform = (byte: number) => ({
  now: () => 0,
  random: (length: number) => new Uint8Array(length).fill(byte),
})
const bounds = { firstMs: 250, maxMs: 30_000 }

describe('backoffDelay', () => {
  it('doubles up to the longest wait', () => {
    const delays = [0, 1, 2, 6, 7, 1100].map((n) => backoffDelay(n, bounds, platform(0)))
    expect(delays).toEqual([125, 250, 500, 8_000, 15_000, 15_000])
  })

  it('leaves half of the wait to chance', () => {
    expect(backoffDelay(0, bounds, platform(255))).toBe(250)
    expect(backoffDelay(0, bounds, platform(128))).toBe(188)
  })

  it('never lets a loop spin, whatever the bounds', () => {
    const anything = fc.record({ firstMs: fc.nat(60_000), maxMs: fc.nat(60_000) })
    fc.assert(
      fc.property(anything, fc.nat(2000), fc.nat(255), (bounds, failures, byte) => {
        expect(backoffDelay(failures, bounds, platform(byte))).toBeGreaterThanOrEqual(50)
      }),
    )
  })
})

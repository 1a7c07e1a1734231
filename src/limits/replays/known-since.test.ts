import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../store/memory.ts'
import {
  findKnownSince,
  formatKnownSince,
  parseKnownSince,
  replaceKnownSince,
} from './known-since.ts'

describe('Since when a replay cache knows everything', () => {
  it.each([
    { place: 'store', at: 0 },
    { place: '3f0c', at: 1_767_225_600_000 },
    { place: '', at: 9_007_199_254_740_991 },
  ])('is read as it is written: %o', (since) => {
    expect(parseKnownSince(formatKnownSince(since))).toEqual(since)
  })

  it.each([
    undefined,
    '',
    'store',
    '1',
    '-1 store',
    '1.5 store',
    '1 a b',
    '1e9 store',
    '1\n store',
  ])('is nothing in %j', (text) => {
    expect(parseKnownSince(text)).toBeUndefined()
  })

  it('is written by whoever saw the last of it, once', async () => {
    const store = memoryStore()
    const first = { place: 'store', at: 0 }
    const second = { place: 'a run', at: 5 }
    expect(await findKnownSince(store)).toBeUndefined()
    expect(await replaceKnownSince(store, undefined, first)).toBe(true)
    expect(await replaceKnownSince(store, undefined, second)).toBe(false)
    expect(await replaceKnownSince(store, first, { place: 'b', at: 5 })).toBe(true)
    expect(await replaceKnownSince(store, first, { place: 'c', at: 6 })).toBe(false)
    expect(await findKnownSince(store)).toEqual({ place: 'b', at: 5 })
  })
})

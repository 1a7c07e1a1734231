import { describe, expect, it } from 'vitest'
import { agoText, clockText, durationText } from './duration.ts'

describe('times in words', () => {
  it('says a length in its largest unit', () => {
    expect([0, 1, 59, 60, 5_400, 86_399, 86_400, 2_592_000].map(durationText)).toEqual([
      'less than a second',
      '1 second',
      '59 seconds',
      '1 minute',
      '1 hour',
      '23 hours',
      '1 day',
      '30 days',
    ])
  })

  it('says how long ago a time was, and calls a clock that runs ahead "just now"', () => {
    expect(agoText(0, 180_000)).toBe('3 minutes ago')
    expect(agoText(0, 9_000)).toBe('just now')
    expect(agoText(60_000, 0)).toBe('just now')
  })

  it('says the time of day in UTC', () => {
    expect(clockText(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('03:04 UTC')
  })
})

import { describe, expect, it } from 'vitest'
import { parseDuration, parseEnd, parseMoment } from './moment.ts'

const NOW = Date.UTC(2026, 0, 31, 12)

describe('A moment as people type it', () => {
  it.each([
    ['90s', NOW - 90_000],
    ['15m', NOW - 900_000],
    ['2h', NOW - 7_200_000],
    ['7d', NOW - 604_800_000],
    ['2026-01-30', Date.UTC(2026, 0, 30)],
    ['2026-01-30T10:00Z', Date.UTC(2026, 0, 30, 10)],
    ['2026-01-30T10:00:00+02:00', Date.UTC(2026, 0, 30, 8)],
  ])('%s', (text, time) => {
    expect(parseMoment(text, NOW, '--since')).toBe(time)
  })

  it.each([
    '',
    'yesterday',
    '5',
    'h',
    '-5m',
    '1.5h',
    '2026',
    '2026-13-01',
    '9999999d',
    '999999999d',
  ])('is not “%s”', (text) => {
    expect(() => parseMoment(text, NOW, '--since')).toThrow('--since: is no time.')
  })
})

describe('An end as people type it', () => {
  it.each([
    ['12h', NOW + 43_200_000],
    ['90d', NOW + 7_776_000_000],
    ['2026-12-31', Date.UTC(2026, 11, 31)],
  ])('%s', (text, time) => {
    expect(parseEnd(text, NOW, '--expires')).toBe(time)
  })

  it('is not “next year”', () => {
    expect(() => parseEnd('next year', NOW, '--expires')).toThrow('Write how long from now')
  })
})

describe('A duration as people type it', () => {
  it.each([
    ['30s', 30],
    ['-5m', -300],
    ['31536000s', 31_536_000],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text, '--expires-in')).toBe(seconds)
  })

  it.each(['', '5', '1.5h', '--5m', '1w'])('is not “%s”', (text) => {
    expect(() => parseDuration(text, '--overlap')).toThrow('--overlap: is no duration.')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayName } from './client-name.ts'

describe('displayName', () => {
  it.each([
    ['Claude Code', 'Claude Code'],
    ['  My \t\r\n App  ', 'My App'],
    ['Goo\u0000gle\u001b[31m', 'Google[31m'],
    ['\u202eelgooG\u202c', 'elgooG'],
    ['Goo\u200b\u200d\ufeff\u00ad\u2060gle', 'Google'],
    ['a\u2066b\u2069\u061c\u200f', 'ab'],
    ['a\u3164\u115f\uffa0\u2800\u034f\u180eb', 'ab'],
    ['a\u{e0041}\ue000\ufff9b', 'ab'],
    ['line\u2028break\u0085here', 'line break here'],
    ['Cafe\u0301', 'Café'],
    ['日本語 🚀 Ünïcode', '日本語 🚀 Ünïcode'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['a\ud800b', 'ab'],
    ['', ''],
    ['\u200b \u202e', ''],
  ])('shows %j as %j', (name, expected) => {
    expect(displayName(name)).toBe(expected)
  })

  it('counts code points, not halves of them', () => {
    expect([...displayName('🚀'.repeat(100))]).toHaveLength(60)
    expect(displayName(`${'a'.repeat(59)} b`)).toBe('a'.repeat(59))
  })

  it('is quick on a name that is all combining marks', () => {
    const marks = '\u0301\u0316'.repeat(500_000)
    const started = performance.now()
    displayName(`a${marks}`)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('leaves a shown name as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const shown = displayName(name)
        expect(displayName(shown)).toBe(shown)
        expect([...shown].length).toBeLessThanOrEqual(60)
        expect(shown).not.toMatch(/\p{C}|^\s|\s$|\s\s/u)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayText } from './display-text.ts'

describe('displayText', () => {
  it('makes one line of line ends, tabs and wide spaces', () => {
    expect(displayText(' a\r\nb\tc\u2028d\u00a0\u3000e ')).toBe('a b c d e')
  })

  it('removes what turns the line around', () => {
    expect(displayText('\u202eelgooG\u202c \u2066x\u2069\u200f')).toBe('elgooG x')
  })

  it('removes what cannot be seen', () => {
    expect(displayText('Pay\u200bpal\ufeff\u00ad\u3164\u2800\u{e0041}\ue000')).toBe('Paypal')
  })

  it('removes half a character', () => {
    expect(displayText('a\ud800b')).toBe('ab')
  })

  it('composes letters and limits the marks on one letter', () => {
    expect(displayText('e\u0301')).toBe('é')
    expect(displayText(`x${'\u0336'.repeat(40)}y`)).toBe(`x${'\u0336'.repeat(3)}y`)
  })

  it('keeps names in every script', () => {
    for (const name of ['Ärger & Söhne', '株式会社', 'سارة', 'Ελλάδα', '🛡 Shield']) {
      expect(displayText(name)).toBe(name)
    }
  })

  it('cuts what is too long, by characters and not by halves of them', () => {
    expect(displayText('🛡'.repeat(61))).toBe(`${'🛡'.repeat(59)}…`)
    expect(displayText('a'.repeat(60))).toBe('a'.repeat(60))
    expect(displayText('abcdef', 4)).toBe('abc…')
  })

  it('holds its bounds for any text, and has nothing left to do', () => {
    const awkward = fc.constantFrom(
      'e',
      '\u0301',
      '\u0336',
      '\u200b',
      ' ',
      '\n',
      '\ud83d',
      '\udee1',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: awkward, maxLength: 200 }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const shown = displayText(text)
        expect(Array.from(shown).length).toBeLessThanOrEqual(60)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        expect(displayText(shown)).toBe(shown)
      }),
    )
  })

  it('looks at no more of a text than could be shown', () => {
    expect(displayText(`a${'\u200b'.repeat(900)}b`)).toBe('ab')
    expect(displayText(`a${'\u200b'.repeat(1_000_000)}b`)).toBe('a')
  })
})

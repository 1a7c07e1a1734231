/**
 * FZ-15: how API keys are spelt, and what becomes of those that are spelt otherwise.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksum } from '../src/guard/api-keys/checksum.ts'
import { makeApiKey, parseApiKey } from '../src/guard/api-keys/format.ts'
import { keyRig } from './fixtures/api-keys.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 75

const environment = fc.constantFrom('live', 'test')

/** Keys, made from whatever chance gives. */
const key = fc
  .tuple(environment, fc.uint8Array({ minLength: 64, maxLength: 64 }))
  .map(([environment, bytes]) => {
    let drawn = 0
    // Even where chance gives nothing that can be used, there is more.
    const random = (length: number) => {
      drawn += 1
      return Uint8Array.from({ length }, (_, i) => (bytes[(i * drawn) % 64] ?? 0) % 248)
    }
    return { environment, ...makeApiKey({ random }, environment) }
  })

const isRefused = (text: string, environment: 'live' | 'test') => {
  expect(() => parseApiKey(text, environment)).toThrow(
    expect.objectContaining({ name: 'OAuthError', code: 'invalid_token' }),
  )
}

describe('FZ-15 The spelling of API keys', () => {
  it('FZ-15 is read back as it was made', () => {
    fc.assert(
      fc.property(key, ({ environment, id, text }) => {
        expect(text).toHaveLength(LENGTH)
        expect(parseApiKey(text, environment)).toBe(id)
      }),
    )
  })

  it('FZ-15 one character changed is always seen', () => {
    fc.assert(
      fc.property(
        key,
        fc.nat(LENGTH - 1),
        fc.oneof(
          fc.constantFrom(...BASE62, '_', '-', ' '),
          fc.string({ unit: 'binary', size: 'small' }),
        ),
        ({ environment, text }, at, other) => {
          fc.pre(text.charAt(at) !== other)
          isRefused(text.slice(0, at) + other + text.slice(at + 1), environment)
        },
      ),
    )
  })

  it('FZ-15 two neighbours swapped are always seen', () => {
    fc.assert(
      fc.property(key, fc.nat(LENGTH - 2), ({ environment, text }, at) => {
        const [one, two] = [text.charAt(at), text.charAt(at + 1)]
        fc.pre(one !== two)
        isRefused(text.slice(0, at) + two + one + text.slice(at + 2), environment)
      }),
    )
  })

  it('FZ-15 cut off, prolonged or surrounded it is never accepted', () => {
    fc.assert(
      fc.property(key, fc.nat(LENGTH - 1), fc.string({ minLength: 1 }), (made, at, more) => {
        const { environment, text } = made
        for (const spoilt of [
          text.slice(0, at),
          text.slice(LENGTH - at),
          text + more,
          more + text,
        ]) {
          isRefused(spoilt, environment)
        }
      }),
    )
  })

  it('FZ-15 in another case it is never accepted', () => {
    fc.assert(
      fc.property(key, ({ environment, text }) => {
        for (const spoilt of [text.toLowerCase(), text.toUpperCase()]) {
          if (spoilt !== text) isRefused(spoilt, environment)
        }
      }),
    )
  })

  it('FZ-15 of the other environment it is never accepted, nor if it says otherwise', () => {
    fc.assert(
      fc.property(key, ({ environment, text }) => {
        const other = environment === 'live' ? 'test' : 'live'
        isRefused(text, other)
        isRefused(text.replace(environment, other), other)
      }),
    )
  })

  it('FZ-15 nothing else makes it throw anything else, or takes long', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ minLength: 10_000, maxLength: 20_000, unit: fc.constantFrom('_', 'a', 'wdr_') }),
      fc
        .string({ unit: fc.constantFrom(...BASE62, '_'), minLength: 66, maxLength: 66 })
        .map((rest) => `wdr_live_${rest}`),
    )
    fc.assert(fc.property(anything, (text) => isRefused(text, 'live')))
  })

  it('FZ-15 whoever makes up a checksum still has no key, and learns only that', async () => {
    const { bearer, issue } = await keyRig()
    const { id } = await issue()
    const word = (length: number) =>
      fc.string({ unit: fc.constantFrom(...BASE62), minLength: length, maxLength: length })
    await fc.assert(
      fc.asyncProperty(fc.oneof(word(16), fc.constant(id)), word(43), async (guess, secret) => {
        const body = `wdr_live_${guess}_${secret}`
        const refused = await bearer(body + checksum(body))
        expect(refused).toBeInstanceOf(Response)
        expect(refused instanceof Response && (await refused.text())).toContain('may have expired')
      }),
    )
  })

  it('the checksum is that of gzip and zip', () => {
    // CRC-32 of “123456789” is cbf43926, of nothing 0.
    const value = (digits: string) =>
      [...digits].reduce((sum, digit) => sum * 62 + BASE62.indexOf(digit), 0)
    expect(value(checksum('123456789'))).toBe(0xcbf43926)
    expect(checksum('')).toBe('000000')
  })
})

/** The normalization of `htu`, against an implementation that is not ours and a naive model. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeHtu } from 'warder/protocol'

const scheme = fc.constantFrom('http', 'https')
/** `xn--` announces Punycode, which a label of chance is not. */
const label = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
  .filter((text) => !text.startsWith('xn--'))
const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'))
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
/** What means the same however often it is normalized: unreserved, or a delimiter. */
const plain = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=:@-]{0,8}$/)
const path = fc.array(plain, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`)

/** An address as it is written most plainly. */
const address = fc.record({ scheme, host, port, path }).map(({ scheme, host, port, path }) => {
  const isDefault = port === (scheme === 'https' ? 443 : 80)
  const shown = port === undefined || isDefault ? '' : `:${port}`
  return { scheme, authority: host + shown, hasPort: shown !== '', path }
})

const written = ({
  scheme,
  authority,
  path,
}: {
  scheme: string
  authority: string
  path: string
}) => `${scheme}://${authority}${path}`

/** Writes letters in either case, as the numbers say. */
const inCases = (text: string, choices: readonly boolean[]) =>
  [...text]
    .map((letter, at) => (choices[at % choices.length] ? letter.toUpperCase() : letter))
    .join('')

const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 })

/** Encodes what needs no encoding, as the numbers say. */
const encoded = (path: string, choices: readonly boolean[]) =>
  [...path]
    .map((character, at) =>
      /[A-Za-z0-9_~-]/.test(character) && choices[at % choices.length]
        ? inCases(`%${character.charCodeAt(0).toString(16)}`, choices)
        : character,
    )
    .join('')

describe('FZ-23 RFC 9449 §4.3 htu', () => {
  it('FZ-23 what is in its one spelling stays as it is, and is what a URL parser makes of it', () => {
    fc.assert(
      fc.property(address, (plainly) => {
        const uri = written(plainly)
        expect(normalizeHtu(uri)).toBe(uri)
        expect(new URL(uri).href).toBe(uri)
      }),
    )
  })

  it('FZ-23 case of scheme and host, default port, encodings, dots, query and fragment make no difference', () => {
    const tail = fc.stringMatching(/^(?:\?[a-z=&/?]{0,8})?(?:#[a-z/?]{0,8})?$/)
    fc.assert(
      fc.property(address, choices, tail, plain, (plainly, way, tail, detour) => {
        const [first] = way
        const defaultPort =
          first && !plainly.hasPort ? (plainly.scheme === 'https' ? ':443' : ':80') : ''
        const path = encoded(plainly.path, way)
        const dotted = first ? `/./${detour}x/..${path}` : path
        const uri = `${inCases(`${plainly.scheme}://${plainly.authority}`, way)}${defaultPort}${dotted}${tail}`
        expect(normalizeHtu(uri)).toBe(written(plainly))
      }),
    )
  })

  it('FZ-23 two addresses that differ in scheme, host, port or path stay two', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        const isSame = normalizeHtu(written(one)) === normalizeHtu(written(other))
        // The model: what is written plainly is the same only if it is the same text.
        expect(isSame).toBe(written(one) === written(other))
      }),
    )
  })

  it('FZ-23 an encoding that means something is kept: /a%2Fb is not /a/b', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), choices, (byte, way) => {
        const hex = byte.toString(16).padStart(2, '0')
        const character = String.fromCharCode(byte)
        const expected = /^[A-Za-z0-9._~-]$/.test(character) ? character : `%${hex.toUpperCase()}`
        expect(normalizeHtu(`https://a.test/x${inCases(`%${hex}`, way)}`)).toBe(
          `https://a.test/x${expected}`,
        )
      }),
    )
  })

  it('FZ-23 whatever it is given, it answers, and nothing or an address that is its own spelling', () => {
    const nearly = fc
      .tuple(scheme, fc.string({ unit: 'binary-ascii' }))
      .map(([scheme, rest]) => `${scheme}://${rest}`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly, nearly), (uri) => {
        const once = normalizeHtu(uri) ?? 'https://nothing.test/'
        expect(normalizeHtu(once)).toBe(once)
        expect(once).toMatch(/^https?:\/\/[a-z0-9._~[\]:-]+\/[\x21-\x7e]*$/)
        expect(once).not.toMatch(/[?#\\]|\/\.{1,2}(?:\/|$)/)
      }),
      { numRuns: 500 },
    )
  })

  it('FZ-23 it takes no longer for long input than its length asks for', () => {
    const long = `https://a.test/${'%2e./'.repeat(200_000)}`
    const started = performance.now()
    normalizeHtu(long)
    normalizeHtu(`https://${'a'.repeat(1_000_000)}:`)
    normalizeHtu(`https://${'['.repeat(1_000_000)}`)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url, decodePortably, decodeWithBuffer } from './base64url.ts'

/** What it is that both ways of decoding must do: take what encoding the bytes again makes, and no other. */
function decodeByEncoding(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined
}

const ways = { decodePortably, decodeWithBuffer, decodeBase64url }

describe.each(Object.entries(ways))('%s', (_, decode) => {
  it.each([
    ...['', 'A', 'AAAAA', 'AB', 'AAB', 'AA=', 'AA==', '=', 'AAA=', 'AA+A', 'AA/A', 'A A', 'AAAA '],
    ...['\nAAAA', 'AAAA\n', 'AA\u0000A', '\u0141AAA', 'AAA\u0141', 'AAA\u{1f600}', 'AAAAé', 'ÁÁÁÁ'],
  ])('refuses %j', (text) => {
    expect(decode(text)).toBeUndefined()
  })

  it('FZ-05 reads whatever bytes are written as', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url')
        expect(Buffer.from(decode(text) ?? [])).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('FZ-05 reads one spelling of any bytes, and nothing else', () => {
    const near = fc.stringMatching(/^[\w\-+/=. \u0141\u00e9]{0,40}$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
        const expected = decodeByEncoding(text)
        const found = decode(text)
        expect(found === undefined).toBe(expected === undefined)
        if (found !== undefined) expect(Buffer.from(found)).toEqual(expected)
      }),
      { numRuns: 2_000 },
    )
  })
})

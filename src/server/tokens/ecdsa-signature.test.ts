import { generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joseSignature } from './ecdsa-signature.ts'

/** An INTEGER as DER has it: without leading zeros but the one that keeps it positive. */
function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const trimmed = Buffer.from(first < 0 ? [0] : bytes.subarray(first))
  const padded = (trimmed[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed
  return Buffer.concat([Buffer.of(0x02, padded.length), padded])
}

function sequence(r: Uint8Array, s: Uint8Array): Buffer {
  const content = Buffer.concat([integer(r), integer(s)])
  return Buffer.concat([Buffer.of(0x30, content.length), content])
}

const bytes = (...start: number[]) => Uint8Array.from({ length: 32 }, (_, i) => start[i] ?? i)

describe('RFC 7518 §3.4 the form of an ECDSA signature', () => {
  it.each([
    ['no bit to pad', bytes(0x7f), bytes(0x01)],
    ['first bits that DER pads', bytes(0x80), bytes(0xff)],
    ['leading zeros that DER drops', bytes(0, 0, 0x80), bytes(0, 0x7f)],
    ['a single byte', bytes(...Array(31).fill(0), 5), bytes(...Array(31).fill(0), 0x85)],
  ])('R and S are 32 bytes each, with %s', (_, r, s) => {
    expect(joseSignature(sequence(r, s))).toEqual(Buffer.concat([r, s]))
  })

  it('whatever R and S are', () => {
    const number = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(number, number, (r, s) => {
        expect(joseSignature(sequence(r, s))).toEqual(Buffer.concat([r, s]))
      }),
    )
  })

  it('of real signatures, and as node:crypto reads them', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const lengths = new Set<number>()
    for (let i = 0; i < 600; i++) {
      const input = Buffer.from(String(i))
      const der = sign('sha256', input, privateKey)
      lengths.add(der.length)
      const signature = joseSignature(der)
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      expect(verify('sha256', input, key, signature)).toBe(true)
    }
    // With and without padding; shorter numbers are too rare to wait for.
    expect([...lengths]).toEqual(expect.arrayContaining([70, 71, 72]))
  })
})

import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { derSignature } from './der.ts'

/** R and S side by side, from hexadecimal. */
const joined = (r: string, s: string, size: number) =>
  Buffer.from(r.padStart(2 * size, '0') + s.padStart(2 * size, '0'), 'hex')

describe('derSignature', () => {
  it.each([
    ['0', '0', '3006020100020100'],
    ['1', '7f', '300602010102017f'],
    ['80', 'ff', '300802020080020200ff'],
    ['0102', '8001', '30090202010202030080' + '01'],
  ])('writes %s and %s as %s', (r, s, der) => {
    expect(Buffer.from(derSignature(joined(r, s, 32))).toString('hex')).toBe(der)
  })

  it('writes long lengths behind the number of their bytes', () => {
    const der = derSignature(joined('1ff'.padEnd(132, 'f'), '1ff'.padEnd(132, 'f'), 66))
    expect([...der.slice(0, 5)]).toEqual([0x30, 0x81, 136, 0x02, 66])
    expect(der).toHaveLength(139)
  })

  it.each([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-521', 'sha512'],
  ])('writes what the platform writes on %s', (namedCurve, hash) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve })
    for (let time = 0; time < 50; time++) {
      const der = sign(hash, Buffer.from(`${time}`), privateKey)
      expect(Buffer.from(derSignature(halvesOf(der, namedCurve)))).toEqual(der)
    }
  })
})

/** R and S of a signature that the platform wrote. */
function halvesOf(der: Buffer, curve: string): Buffer {
  const size = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[curve] ?? 0
  const start = der[1] === 0x81 ? 3 : 2
  const r = der.subarray(start + 2, start + 2 + (der[start + 1] ?? 0))
  const s = der.subarray(start + 4 + r.length)
  return joined(withoutSign(r), withoutSign(s), size)
}

const withoutSign = (integer: Buffer) => integer.toString('hex').replace(/^00/, '')

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'
import { createVault } from './vault.ts'

const keyOf = (seed: number) => new Secret(Uint8Array.from({ length: 32 }, (_, i) => i * 7 + seed))
const vault = createVault(keyOf(1))
const place = { table: 'signingKeys', column: 'sealedPrivateJwk', row: 'k1' }
const sealed = vault.seal('the private key', place)
const vaultError = expect.objectContaining({ code: 'vault_error' })

describe('Sealing', () => {
  it('gives back what was sealed, whatever text and place', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, text, text, (plaintext, table, column, row) => {
        const there = { table, column, row }
        expect(vault.open(vault.seal(plaintext, there), there)).toBe(plaintext)
      }),
    )
  })

  it('never gives the same record twice', () => {
    expect(vault.seal('the private key', place)).not.toBe(sealed)
  })

  it('shows neither the text nor the key', () => {
    expect(Buffer.from(sealed, 'base64url').includes('the private key')).toBe(false)
  })

  it('FZ-22 refuses every change of one bit', () => {
    const bytes = Buffer.from(sealed, 'base64url')
    const opened = [...Array(bytes.length * 8).keys()].filter((bit) => {
      const mutant = Buffer.from(bytes)
      mutant.writeUInt8(mutant.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      return opens(mutant.toString('base64url'))
    })
    expect(opened).toEqual([])
  })

  it('FZ-22 refuses every truncation, extension and other spelling', () => {
    const cut = [...Array(sealed.length).keys()].map((length) => sealed.slice(0, length))
    const longer = [`${sealed}A`, `A${sealed}`, `${sealed}=`, `${sealed}\n`, ` ${sealed}`]
    expect([...cut, ...longer].filter(opens)).toEqual([])
  })

  it('FZ-22 refuses whatever was not sealed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.base64String(), fc.string()), (text) => {
        expect(opens(text)).toBe(false)
      }),
    )
  })

  it.each([
    ['another row', { ...place, row: 'k2' }],
    ['another column', { ...place, column: 'publicJwk' }],
    ['another table', { ...place, table: 'facts' }],
    ['a place spelt with its edges moved', { ...place, table: 'signingKey', column: 's' }],
  ])('SD-13 refuses to open at %s', (_, elsewhere) => {
    expect(() => vault.open(sealed, elsewhere)).toThrow(vaultError)
  })

  it('picks the key by its id, and refuses a record of another', () => {
    const other = createVault(keyOf(2))
    expect(() => other.open(sealed, place)).toThrow(
      expect.objectContaining({
        code: 'vault_error',
        detail: expect.stringMatching(/data key [\w-]{11} is gone/),
      }),
    )
  })

  it('says where it failed to the operator only, and never what was sealed', () => {
    const refusal = (() => {
      try {
        return vault.open(sealed, { ...place, row: 'k2' })
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toMatchObject({ detail: expect.stringContaining('signingKeys') })
    expect(String(refusal)).toBe('WarderError: A stored secret could not be read.')
  })
})

function opens(record: string): boolean {
  try {
    vault.open(record, place)
    return true
  } catch (error) {
    expect(error).toEqual(vaultError)
    return false
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSqlRow, sqlName, toSqlCell } from './rows.ts'

/** Text of units that matter here, and any other. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\u0001', '1', '2', '3', 'd', '8', '0', '\ud800', '\udfff', '😀'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
})

describe('Text in SQL', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(text, (value) => {
        const cell = toSqlCell(value)
        expect(fromSqlRow('facts', { id: cell, value: cell })).toEqual({ id: value, value })
      }),
    )
  })

  it('holds no NUL and no unpaired surrogate', () => {
    fc.assert(
      fc.property(text, (value) => {
        const encoded = String(toSqlCell(value))
        expect(encoded).not.toContain('\0')
        expect(Buffer.from(encoded).toString()).toBe(encoded)
      }),
    )
  })

  it('keeps its order, if it is well-formed', () => {
    const wellFormed = text.map((value) => Buffer.from(value).toString())
    const bytes = (value: string) => Buffer.from(value)
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        const encoded = [a, b].map((value) => bytes(String(toSqlCell(value))))
        const [before = bytes(''), after = bytes('')] = encoded
        expect(Math.sign(Buffer.compare(before, after))).toBe(
          Math.sign(Buffer.compare(bytes(a), bytes(b))),
        )
      }),
    )
  })

  it('is left as it is where nothing must be escaped', () => {
    expect(toSqlCell("plain 😀 text's")).toBe("plain 😀 text's")
    expect([toSqlCell(7), toSqlCell(null)]).toEqual([7, null])
  })
})

describe('Names in SQL', () => {
  it('are in snake case', () => {
    expect(['id', 'authorizationCodes', 'sealedPrivateJwk'].map(sqlName)).toEqual([
      'id',
      'authorization_codes',
      'sealed_private_jwk',
    ])
  })

  it('of columns that are not described are left out', () => {
    expect(fromSqlRow('facts', { id: 'k', value: 'v', of_a_later_release: 1 })).toEqual({
      id: 'k',
      value: 'v',
    })
  })
})

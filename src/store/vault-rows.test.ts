import { describe, expect, it } from 'vitest'
import { tables } from './tables.ts'

describe('What is sealed', () => {
  it('is known to be, so that it is sealed anew when keys are changed', () => {
    const named = Object.entries(tables).flatMap(([table, { columns }]) =>
      Object.keys(columns)
        .filter((column) => column.startsWith('sealed'))
        .map((column) => `${table}.${column}`),
    )
    const known = Object.entries(tables).flatMap(([table, { sealed = [] }]) =>
      sealed.map((column) => `${table}.${column}`),
    )
    expect(named).toContain('signingKeys.sealedPrivateJwk')
    expect(known).toEqual(named)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  expandScopes,
  formatScope,
  missingScopes,
  parseScope,
  type ScopeHierarchy,
} from './scope.ts'

const token = fc.stringMatching(/^[!#-[\]-~]{1,12}$/)
const name = fc.constantFrom('a', 'b', 'c', 'ab', 'a:b', '__proto__', 'constructor', 'toString')
const hierarchy = fc
  .array(fc.tuple(name, fc.array(name, { maxLength: 3 })), { maxLength: 8 })
  .map((entries): ScopeHierarchy => Object.fromEntries(entries))

/** What a scope covers, by asking again and again until nothing new comes. */
function naiveExpansion(scopes: readonly string[], includes: ScopeHierarchy): string[] {
  let known = scopes
  for (;;) {
    const more = Object.entries(includes)
      .filter(([scope]) => known.includes(scope))
      .flatMap(([, included]) => included)
    const next = [...new Set([...known, ...more])]
    if (next.length === known.length) return next
    known = next
  }
}

describe('parseScope', () => {
  it('reads no parameter and an empty one as no scope', () => {
    expect(parseScope(undefined)).toEqual([])
    expect(parseScope('')).toEqual([])
  })

  it('folds duplicates and keeps the order', () => {
    expect(parseScope('b a b A')).toEqual(['b', 'a', 'A'])
  })

  it.each([
    ' ',
    ' a',
    'a ',
    'a  b',
    'a\tb',
    'a\nb',
    'a"b',
    'a\\b',
    'é',
    'a\0',
    'a\u00a0b',
    'a\u200bb',
  ])('refuses %j', (value) => {
    expect(() => parseScope(value)).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
  })

  it('FZ-13 reads back what formatScope writes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(token), (scopes) => {
        expect(parseScope(formatScope(scopes))).toEqual(scopes)
      }),
    )
  })

  it('FZ-13 accepts exactly what the grammar of RFC 6749 §3.3 makes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (value) => {
        const isLegal =
          value === '' || /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
        if (isLegal) parseScope(value)
        else
          expect(() => parseScope(value)).toThrow(
            expect.objectContaining({ code: 'invalid_scope' }),
          )
      }),
    )
  })
})

describe('expandScopes and missingScopes', () => {
  const tree: ScopeHierarchy = { admin: ['write'], write: ['read'] }

  it('covers what is included, however deep, and never what includes it', () => {
    expect([...expandScopes(['admin'], tree)]).toEqual(['admin', 'write', 'read'])
    expect(missingScopes(['read'], ['admin'], tree)).toEqual([])
    expect(missingScopes(['admin', 'write'], ['read'], tree)).toEqual(['admin', 'write'])
  })

  it('compares whole names, with regard to case', () => {
    expect(missingScopes(['file'], ['files'])).toEqual(['file'])
    expect(missingScopes(['files'], ['file'])).toEqual(['files'])
    expect(missingScopes(['files:read'], ['files'])).toEqual(['files:read'])
    expect(missingScopes(['read'], ['READ', '*', ''])).toEqual(['read'])
  })

  it('ends on a circle', () => {
    const circle: ScopeHierarchy = { a: ['b'], b: ['c'], c: ['a'] }
    expect([...expandScopes(['b'], circle)].sort()).toEqual(['a', 'b', 'c'])
  })

  it('finds no scope in the prototype of objects', () => {
    expect([...expandScopes(['__proto__', 'constructor', 'toString'], tree)]).toHaveLength(3)
    expect(missingScopes(['constructor'], [], {})).toEqual(['constructor'])
  })

  it('FZ-13 agrees with a naive model', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name),
        fc.uniqueArray(name),
        hierarchy,
        (needed, granted, tree) => {
          const covered = naiveExpansion(granted, tree)
          expect([...expandScopes(granted, tree)].sort()).toEqual([...covered].sort())
          expect(missingScopes(needed, granted, tree)).toEqual(
            needed.filter((scope) => !covered.includes(scope)),
          )
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from './json.ts'

describe('parseJson', () => {
  it('parses what JSON.parse parses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        fc.pre(!text.includes('__proto__'))
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses what JSON.parse refuses, with a SyntaxError', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b"',
      '\\',
      '1',
      ' ',
      'null',
      'u',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = pieces.join('')
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expect(() => parseJson(text)).toThrow(SyntaxError)
          return
        }
        const isCanonical = JSON.stringify(expected) === text.replace(/\s/g, '')
        if (isCanonical) expect(parseJson(text)).toEqual(expected)
      }),
      { numRuns: 5000 },
    )
  })

  it('never quotes the text, not even as the cause', () => {
    const attempt = () => parseJson('{"password": hunter2}')
    expect(attempt).toThrow(new SyntaxError('The text is not JSON.'))
    expect(attempt).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
  })

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"\\u0061":2}',
    '{"x":[{"a":{},"a":1}]}',
    '{"":1,"":2}',
    '{"a":"}","a":1}',
    '{"a":"\\"","a":1}',
    '{"a":{"a":1},"a":2}',
    '[[{"a":[],"a":1}]]',
    '{ "a" : 1 , "a" : 2 }',
  ])('refuses two members of the same name: %s', (text) => {
    expect(() => parseJson(text)).toThrow('two members')
  })

  it.each([
    '{"a":{"a":1}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
    '{"a":1,"A":2}',
    '["a","a"]',
    '{"a":"x,\\"a\\":","b":1}',
    '{"constructor":1,"toString":2}',
  ])('accepts names that are the same only elsewhere: %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it.each(['{"a":1,"A":2}', '{"method":1,"meThod":2}', '{"\u212a":1,"k":2}', '{"\u017f":1,"s":2}'])(
    'refuses names that differ only in case, when told: %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text))
      expect(() => parseJson(text, { foldCase: true })).toThrow('two members')
    },
  )

  it.each(['{"__proto__":1}', '[{"a":{"__proto__":{"x":1}}}]', '{"\\u005f_proto__":1}'])(
    'refuses a member __proto__: %s',
    (text) => expect(() => parseJson(text)).toThrow('__proto__'),
  )

  it('takes __proto__ as a value like any other', () => {
    const text = '["__proto__","__proto__",{"a":"__proto__"}]'
    expect(parseJson(text)).toEqual(['__proto__', '__proto__', { a: '__proto__' }])
  })

  it('counts how deep it nests', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(parseJson(nested(64))).toHaveLength(1)
    expect(() => parseJson(nested(65))).toThrow('too deeply')
    expect(() => parseJson('{"a":[{"b":1}]}', { depth: 2 })).toThrow('too deeply')
    expect(parseJson('{"a":[{"b":1}],"c":[{"d":1}]}', { depth: 3 })).toHaveProperty('c')
    expect(parseJson('"[[[["', { depth: 1 })).toBe('[[[[')
  })

  it('refuses a million brackets without overflow', () => {
    expect(() => parseJson('['.repeat(1_000_000))).toThrow('too deeply')
    expect(() => parseJson('{"a":'.repeat(1_000_000))).toThrow('too deeply')
  })

  it('takes time that grows no faster than the input', () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `"m${i}":${i}`).join()
    const texts = [
      `{${members}}`,
      `["${'\\\\'.repeat(500_000)}"]`,
      `"${'a'.repeat(1_000_000)}`,
      '"'.repeat(1_000_001),
    ]
    for (const text of texts) {
      const started = performance.now()
      try {
        parseJson(text)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
      expect(performance.now() - started).toBeLessThan(2000)
    }
  })

  it('refuses a byte order mark', () => {
    expect(() => parseJson('\ufeff{}')).toThrow(SyntaxError)
  })
})

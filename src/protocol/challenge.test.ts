import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatChallenge, parseChallenges } from './challenge.ts'

const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9a-z]{1,10}$/)
const value = fc.string({ unit: 'binary-ascii' }).filter((text) => /^[\x20-\x7e]*$/.test(text))
const scheme = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/)
const parameters = fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 5 })

describe('formatChallenge', () => {
  it('quotes every value and leaves out what is undefined', () => {
    const challenge = formatChallenge('Bearer', {
      error: 'invalid_token',
      scope: undefined,
      resource_metadata: 'https://mcp.test/.well-known/oauth-protected-resource/mcp',
    })
    expect(challenge).toBe(
      'Bearer error="invalid_token", ' +
        'resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/mcp"',
    )
  })

  it('is the scheme alone without parameters', () => {
    expect(formatChallenge('Bearer', {})).toBe('Bearer')
    expect(formatChallenge('Bearer', { error: undefined })).toBe('Bearer')
  })

  it('escapes quotes and backslashes', () => {
    expect(formatChallenge('Bearer', { a: 'x", b="y\\' })).toBe('Bearer a="x\\", b=\\"y\\\\"')
  })

  it.each(['a\r\nSet-Cookie: b=c', '\n', '\0', '\t', '\x7f', 'é', '\u2028', '😀'])(
    'refuses the value %j',
    (each) => expect(() => formatChallenge('Bearer', { a: each })).toThrow(TypeError),
  )

  it.each(['', 'a b', 'a=', 'a"', 'a,', 'é', 'a\n'])('refuses %j as a name or scheme', (each) => {
    expect(() => formatChallenge('Bearer', { [each]: 'x' })).toThrow(TypeError)
    expect(() => formatChallenge(each, {})).toThrow(TypeError)
  })
})

describe('parseChallenges', () => {
  const simple = (header: string) =>
    parseChallenges(header).map(({ scheme, token68, parameters }) => [
      scheme,
      token68,
      { ...parameters },
    ])

  it.each([
    ['', []],
    [' , ,', []],
    ['Bearer', [['Bearer', undefined, {}]]],
    ['Negotiate abc==', [['Negotiate', 'abc==', {}]]],
    [
      'Negotiate , Basic realm="a"',
      [
        ['Negotiate', undefined, {}],
        ['Basic', undefined, { realm: 'a' }],
      ],
    ],
    ['bearer REALM=a', [['bearer', undefined, { realm: 'a' }]]],
    ['Bearer a = "b" ,\t c=d', [['Bearer', undefined, { a: 'b', c: 'd' }]]],
    ['Bearer a="", b="\\"\\\\\\x"', [['Bearer', undefined, { a: '', b: '"\\x' }]]],
    [
      'Digest a="1, Bearer b=\\"2\\"", qop="auth,auth-int", Bearer c="3", DPoP algs="ES256 PS256"',
      [
        ['Digest', undefined, { a: '1, Bearer b="2"', qop: 'auth,auth-int' }],
        ['Bearer', undefined, { c: '3' }],
        ['DPoP', undefined, { algs: 'ES256 PS256' }],
      ],
    ],
    [
      'NTLM, Negotiate AA==, Basic realm=x',
      [
        ['NTLM', undefined, {}],
        ['Negotiate', 'AA==', {}],
        ['Basic', undefined, { realm: 'x' }],
      ],
    ],
    ['Bearer a="\u00e9"', [['Bearer', undefined, { a: 'é' }]]],
  ])('reads %j', (header, expected) => {
    expect(simple(header)).toEqual(expected)
  })

  it.each([
    'Bearer a="b" c="d"',
    'Bearer a="b',
    'Bearer a="b\\"',
    'Bearer a="b"c',
    'Bearer "a"',
    'Bearer a=b=c',
    '="a"',
    'Bearer a="1", a="2"',
    'Bearer a="1", A="2"',
    'Bearer, a="b"',
    'Negotiate abc==, a="b"',
    'Bearer a="\n"',
    'Bearer a="\0"',
    'Bearer a=é',
    'Béarer',
    'Bearer a="b"; c="d"',
    'Bearer: a="b"',
  ])('refuses %j', (header) => {
    expect(() => parseChallenges(header)).toThrow(SyntaxError)
  })

  it('keeps parameters clear of the prototype of objects', () => {
    const [challenge] = parseChallenges('Bearer __proto__="a", constructor="b"')
    expect(Object.getPrototypeOf(challenge?.parameters)).toBeNull()
    expect(Object.keys(challenge?.parameters ?? {})).toEqual(['__proto__', 'constructor'])
  })

  it('FZ-08 reads back what formatChallenge writes, several in one header too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(scheme, parameters), { maxLength: 4 }), (challenges) => {
        const header = challenges.map((challenge) => formatChallenge(...challenge)).join(', ')
        expect(simple(header)).toEqual(
          challenges.map(([each, fields]) => [each, undefined, { ...fields }]),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('FZ-08 lets no value become another parameter', () => {
    const hostile = fc
      .array(
        fc.constantFrom(
          '"',
          '\\',
          ',',
          ' ',
          '=',
          'resource_metadata="https://evil.test"',
          'Bearer ',
          '\t',
          '\n',
          'x',
        ),
      )
      .map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(hostile, hostile, (description, realm) => {
        let header: string
        try {
          header = formatChallenge('Bearer', { error_description: description, realm })
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          expect(description + realm).toMatch(/[\t\n]/)
          return
        }
        expect(simple(header)).toEqual([
          ['Bearer', undefined, { error_description: description, realm }],
        ])
      }),
      { numRuns: 1000 },
    )
  })

  it('FZ-08 throws nothing but SyntaxError, whatever it is given', () => {
    const piece = fc.constantFrom(
      'Bearer',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'a',
      '==',
      '\t',
      'é',
      '\n',
      '~',
      '/',
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          for (const challenge of parseChallenges(pieces.join(''))) {
            expect(challenge.scheme).not.toBe('')
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('takes time that grows no faster than the input', () => {
    for (const piece of ['a', 'a=', 'a ', ' ', ',', 'a,', '"', 'a="\\"', '=', 'Bearer a="b", ']) {
      const started = performance.now()
      try {
        parseChallenges(`Bearer ${piece.repeat(100_000)}`)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
      expect(performance.now() - started).toBeLessThan(1000)
    }
  })
})

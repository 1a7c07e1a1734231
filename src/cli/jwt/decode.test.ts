import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WarderError } from '../../errors.ts'
import { inspect } from './compact.ts'
import { decodedJson, decodedText } from './decoded.ts'
import { findings } from './findings.ts'

const NOW = 1_795_418_140
const SIGNATURE = 'c2lnbmF0dXJlIG9mIGEgdG9rZW4gdGhhdCBub2JvZHkgc2VlcyBpbiBmdWxs'

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const tokenOf = (claims: unknown, header: unknown = { alg: 'ES256', typ: 'at+jwt' }) =>
  `${encode(header)}.${encode(claims)}.${SIGNATURE}`

const good = {
  ...{ iss: 'https://auth.example.com', sub: 'alice', aud: 'https://api.example.com' },
  ...{ client_id: 'editor', iat: NOW - 60, exp: NOW + 840, jti: 'j' },
}

const show = (token: string, width = 80) => decodedText(inspect(token), { now: NOW, width })
const codes = (token: string) => findings(inspect(token), NOW).map(({ code }) => code)
const codesOf = (change: object, header?: object) => codes(tokenOf({ ...good, ...change }, header))

describe('A decoded token', () => {
  it('is a table: what it says, what that means, and that nothing was verified', () => {
    expect(show(tokenOf({ ...good, iat: NOW - 1080, exp: NOW - 180 }))).toEqual([
      'SIGNED TOKEN (JWT)  296 characters',
      'Nothing here was verified. To check it: warder jwt verify --help',
      '',
      'HEADER  30 bytes',
      '  alg  how it is signed  ES256 (ECDSA on P-256)',
      '  typ  what kind it is   at+jwt (an access token, RFC 9068)',
      '',
      'CLAIMS  145 bytes',
      '  iss        who issued it     https://auth.example.com',
      '  sub        whom it is about  alice',
      '  aud        whom it is for    https://api.example.com',
      '  client_id  which client      editor',
      '  iat        issued            18 minutes ago, 2026-11-23 06:57:40 UTC',
      '  exp        until when        expired 3 minutes ago, 2026-11-23 07:12:40 UTC',
      '  jti        its own id        j',
      '',
      'SIGNATURE  45 bytes, not shown',
    ])
  })

  it.each([40, 80, 110])('fits %i columns', (width) => {
    const token = tokenOf({
      ...good,
      exp: 'never',
      nonce: 'n',
      list: ['a b c', '管理者'.repeat(40)],
    })
    for (const line of show(token, width)) {
      const cells = [...line].reduce((sum, each) => sum + (each > '\u2e80' ? 2 : 1), 0)
      expect(cells, line).toBeLessThanOrEqual(width)
    }
  })

  it('shows neither the signature nor a secret, to people or to machines', () => {
    const secret = 'MC4CAQAwBQYDK2VwBCIEIGJhc2U2NHVybA'
    const jwk = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', d: secret }
    const inside = {
      password: secret,
      deep: [{ client_secret: secret }],
      key: { kty: 'oct', k: secret },
    }
    const token = tokenOf(
      { ...good, ...inside, pem: `-----BEGIN PRIVATE KEY-----\n${secret}` },
      { alg: 'ES256', jwk },
    )
    const machines = JSON.stringify(decodedJson(inspect(token), NOW))
    for (const shown of [show(token).join('\n'), machines]) {
      expect(shown).not.toContain(secret.slice(0, 12))
      expect(shown).not.toContain(SIGNATURE.slice(0, 12))
      expect(shown).toContain('[redacted')
    }
    expect(codes(token)).toEqual(expect.arrayContaining(['private-key', 'own-key', 'secrets']))
  })

  it('is shortened where a value is long, and whole for machines', () => {
    const token = tokenOf({ ...good, note: 'x'.repeat(5_000), list: Array(500).fill('y') })
    expect(show(token).join('').length).toBeLessThan(5_000)
    expect(show(token).join('\n')).toContain('(more with --json)')
    expect(JSON.stringify(decodedJson(inspect(token), NOW))).toContain('x'.repeat(5_000))
  })

  it('shows spaces that nobody would see', () => {
    expect(show(tokenOf({ aud: 'https://api.example.com ' })).join('\n')).toContain(
      '"https://api.example.com "',
    )
  })

  it('of which only a header can be read is explained', () => {
    const jwe = [{ alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF' }, 'key', 'iv', 'text', 'tag'].map(
      encode,
    )
    const shown = show(jwe.join('.')).join('\n')
    expect(shown).toContain('ENCRYPTED TOKEN (JWE)')
    expect(shown).toContain('how its key comes')
    expect(codes(jwe.join('.'))).toEqual(['compression'])
    expect(decodedJson(inspect(jwe.join('.')), NOW)).not.toHaveProperty('claims')
  })

  it('says for machines what it is, and when it is over', () => {
    expect(decodedJson(inspect(tokenOf(good)), NOW)).toMatchObject({
      ...{ verified: false, kind: 'signed', claims: good, findings: [] },
      ...{ expired: false, expiresIn: 840, bytes: { signature: 45 } },
    })
  })
})

describe('What is found without a key', () => {
  it('is nothing in an access token as RFC 9068 has it', () => {
    expect(codesOf({})).toEqual([])
  })

  it.each<[string, object, object?]>([
    ['alg-none', {}, { alg: 'nOnE', typ: 'at+jwt' }],
    ['alg-unknown', {}, { alg: ['ES256'], typ: 'at+jwt' }],
    ['alg-unknown', {}, { typ: 'at+jwt' }],
    ['critical', {}, { alg: 'ES256', typ: 'at+jwt', crit: ['x'] }],
    ['kid', {}, { alg: 'ES256', typ: 'at+jwt', kid: 7 }],
    ['odd-kid', {}, { alg: 'ES256', typ: 'at+jwt', kid: '../../dev/null' }],
    ['odd-kid', {}, { alg: 'ES256', typ: 'at+jwt', kid: "' OR 1=1" }],
    ['own-key', {}, { alg: 'ES256', typ: 'at+jwt', jku: 'https://evil.example/jwks' }],
    ['type', {}, { alg: 'ES256', typ: 'JWT' }],
    ['type', {}, { alg: 'ES256' }],
    ['other-kind', { exp: undefined }, { alg: 'ES256', typ: 'application/DPoP+jwt', jwk: {} }],
    ['incomplete', { client_id: undefined }],
    ['shared-secret', {}, { alg: 'HS256', typ: 'at+jwt' }],
    ['exp-missing', { exp: undefined }],
    ['aud-missing', { aud: undefined }],
    ['iss-missing', { iss: undefined }],
    ['incomplete', { jti: undefined }],
    ['dates', { exp: String(NOW) }],
    ['dates', { iat: NOW * 1000 }],
    ['dates', { nbf: null }],
    ['dates', { exp: -1 }],
    ['lifetime', { exp: NOW + 90_000 }],
    ['not-yet', { nbf: NOW + 60 }],
    ['plain-issuer', { iss: 'http://auth.example.com' }],
    ['letters', { iss: 'https://аuth.example.com' }],
    ['letters', { aud: ['a', 'b\u200b'] }],
  ])('%s: %j %j', (code, change, header) => {
    expect(codesOf(change, header)).toEqual([code])
  })

  it.each([{ nonce: 'n' }, { at_hash: 'h' }, { token_use: 'id' }])(
    'that an ID token is no access token: %j',
    (change) => {
      expect(codesOf(change, { alg: 'ES256', typ: 'JWT' })).toEqual(['id-token'])
    },
  )

  it('that two readers may differ', () => {
    const header = encode({ alg: 'ES256', typ: 'at+jwt' })
    const claims = JSON.stringify(good)
    const twice = claims.replace('{', '{"sub":"root",')
    expect(codes(`${header}.${encode(twice)}.${SIGNATURE}`)).toEqual(['ambiguous-json'])
    expect(codes(`${header}=.${encode(claims)}.${SIGNATURE}`)).toEqual(['spelling'])
    expect(
      codes(`${header}.${encode(claims)}.${SIGNATURE.slice(0, 20)}\n${SIGNATURE.slice(20)}`),
    ).toEqual(['whitespace'])
    expect(codes(`${header}.${encode(claims)}`)).toEqual(['no-signature'])
    expect(show(`${header}.${encode(claims)}`)[0]).toMatch(/^UNSIGNED TOKEN/)
    expect(codes(`${header}.${encode('plain text')}.${SIGNATURE}`)).toEqual(['not-claims'])
    expect(codes(tokenOf({ ...good, long: 'x'.repeat(20_000) }))).toEqual(['too-long'])
  })
})

describe('What is no token', () => {
  it.each([
    ...['a.b', 'a.b.c', '..', 'a.b.c.d', '.'.repeat(100_000), `${encode([])}.${encode({})}.`],
    ...[`${encode('{"a":'.repeat(5_000))}.e30.`, `${encode('[1]')}.e30.`, '\u{1b}[31m.e30.'],
  ])('is said so: %#', (text) => {
    expect(() => inspect(text)).toThrow(WarderError)
  })

  it('is not shown where it nests so deep that printing would fail', () => {
    const deep = `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`
    expect(codes(`${encode({ alg: 'ES256' })}.${encode(deep)}.${SIGNATURE}`)).toEqual([
      'too-long',
      'not-claims',
    ])
  })
})

/** What moves the cursor, colours, or turns text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u

describe('A token written to be shown', () => {
  const hostile = '\u001b[2J\u001b]52;c;aGk=\u0007\u009b1A\r\n\t\u202e\u2066\u200b'

  it('UI-04 has nothing that a terminal obeys, in names and in values', () => {
    const token = tokenOf(
      { [hostile]: hostile, iss: hostile, deep: { [hostile]: [hostile] }, list: [hostile] },
      { alg: hostile, typ: hostile, kid: hostile, jwk: { kty: hostile }, [hostile]: 1 },
    )
    const shown = show(token)
    for (const line of shown) expect(line).not.toMatch(OBEYED)
    expect(shown.join('\n')).toContain('\\u{1b}[2J')
  })

  it('FZ-21 never has, whatever it says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    const members = fc.dictionary(text, fc.oneof(text, fc.jsonValue({ stringUnit: 'binary' })))
    fc.assert(
      fc.property(members, members, fc.integer({ min: 30, max: 110 }), (header, claims, width) => {
        for (const line of show(tokenOf(claims, header), width)) expect(line).not.toMatch(OBEYED)
      }),
      { numRuns: 40 },
    )
  })

  it('FZ-05 is taken apart or refused, never anything else', () => {
    const part = fc.oneof(fc.base64String(), fc.json().map(encode), fc.string())
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        try {
          findings(inspect(parts.join('.')), NOW)
        } catch (error) {
          expect(error).toBeInstanceOf(WarderError)
        }
      }),
    )
  })
})

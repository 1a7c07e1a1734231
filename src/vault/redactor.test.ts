import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { secretPrefixes } from './prefixes.ts'
import { createRedactor, redact } from './redactor.ts'

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
const RANDOM = 'Zm9vYmFyMTIzNDU2Nzg5MA'
const PEM = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----'

/** A text with its marks cut down to their type. */
const shown = (text: string) => redact(text).replace(/\[redacted:([a-z-]+):[\da-f]{8}\]/g, '<$1>')

describe('The redactor takes out', () => {
  it.each([
    ['a JWT', `got ${JWT}, fine`, 'got <jwt>, fine'],
    ['a JWT after an escaped line break', `"a\\n${JWT}"`, '"a\\n<jwt>"'],
    ['a bearer token', 'sent Bearer abc.def-_~+/12== ok', 'sent Bearer <credentials> ok'],
    ['one in a URL', 'bearer%20s3cret&x=1', 'bearer%20<credentials>&x=1'],
    ['Basic credentials', "'Basic dXNlcjpwYXNz'", "'Basic <credentials>'"],
    ['a header', 'Authorization: Basic dXNlcjpwYXNz', 'Authorization: <header>'],
    [
      'a header in JSON',
      '{"authorization":"token x y","a":1}',
      '{"authorization":"<header>","a":1}',
    ],
    ['a list of headers', "[ 'authorization', 'Bearer x' ]", "[ 'authorization', '<header>' ]"],
    ['cookies', 'Set-Cookie: sid=1; Path=/', 'Set-Cookie: <header>'],
    ['a parameter', 'GET /?access_token=abc&x=1', 'GET /?access_token=<secret>&x=1'],
    [
      'a parameter within one',
      '?u=https%3A%2F%2Fa%3Ftoken%3Dabc&x=1',
      '?u=https%3A%2F%2Fa%3Ftoken%3D<secret>&x=1',
    ],
    ['a property', "{ client_secret: 'hunter 2' }", "{ client_secret: '<secret>' }"],
    ['a member', '{"password":"hunt\\"er 2","a":1}', '{"password":"<secret>","a":1}'],
    [
      'a member within a text',
      '{"body":"{\\"password\\":\\"a b\\",\\"a\\":1}"}',
      '{"body":"{\\"password\\":\\"<secret>\\",\\"a\\":1}"}',
    ],
    ['an environment variable', 'API_KEY=sk-123', 'API_KEY=<secret>'],
    ['a password in prose', 'password: hunter', 'password: <secret>'],
    ['a token in prose', 'token: a1b2c3', 'token: <secret>'],
    ['a verifier', `code_verifier=${RANDOM}&a=1`, 'code_verifier=<secret>&a=1'],
    ['a signature', 'oauth_signature="a%2Fb%3D", a="1"', 'oauth_signature="<secret>", a="1"'],
    ['a code in a callback', 'GET /cb?code=abc&state=1', 'GET /cb?code=<code>&state=1'],
    ['a code in a form', `code=${RANDOM}&a=1`, 'code=<code>&a=1'],
    ['user information', 'postgres://me:pw@db/x', 'postgres://<url>@db/x'],
    ['a private key', `key ${PEM} end`, 'key <private-key> end'],
    ['a private key within JSON', JSON.stringify({ key: PEM }), '{"key":"<private-key>"}'],
    ['a private key that never ends', PEM.slice(0, 40), '<private-key>'],
    ['what follows a private key at once', `${PEM}${JWT}`, '<private-key><jwt>'],
    [
      'a private JWK',
      `{"kty":"EC","x":"${RANDOM}","d":"${RANDOM}"}`,
      `{"kty":"EC","x":"${RANDOM}","d":"<jwk>"}`,
    ],
    ['a printed JWK', `{ kty: 'oct', k: '${RANDOM}' }`, "{ kty: 'oct', k: '<jwk>' }"],
    ['a cloud key', `AKIAIOSFODNN7EXAMPLE ghp_${'a1'.repeat(18)}`, '<cloud> <cloud>'],
    ['a secret in a marked place', 'token=[redacted:jwt:01234567]rest', 'token=<secret>'],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it.each(Object.entries(secretPrefixes))('what Warder makes: %s', (_, prefix) => {
    expect(shown(`a ${prefix}${RANDOM}.0.${RANDOM} b, _${prefix}${RANDOM}`)).toBe(
      'a <warder> b, _<warder>',
    )
  })
})

describe('The redactor leaves', () => {
  it.each([
    'listening on http://127.0.0.1:3000/',
    'tokens used: 12',
    'Bearer token required',
    'Basic authentication is not supported',
    'Bearer realm="x", error="invalid_token"',
    'the token: expired',
    "{ code: 'ENOENT', errno: -2 }",
    '"code":"ERR_HTTP2_STREAM_CANCEL_42"',
    'exit code=1',
    'grant_type=authorization_code&scope=a',
    '"token_type":"Bearer"',
    'wrt_of_nobody',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'mail to alice@example.com',
    '://[redacted:private-key:01234567]@',
    `kid ${RANDOM}-sk-${RANDOM}`,
  ])('%s', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('What errors repeat', () => {
  const secret = `wrt_${RANDOM}.0.${RANDOM}`
  const request = { headers: { authorization: `Bearer ${RANDOM}` }, body: `code=${RANDOM}` }
  const caught = (action: () => unknown): unknown => {
    try {
      return action()
    } catch (error) {
      return error
    }
  }

  it.each<[string, unknown]>([
    ['a message', new Error(`no family for ${secret}`)],
    ['a cause', new Error('failed', { cause: new Error(`sent ${secret}`) })],
    ['one of several', new AggregateError([new Error(secret), new Error('b')], 'all failed')],
    ['a property', Object.assign(new TypeError('fetch failed'), { request })],
    [
      'the cause of a failed fetch',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('UND_ERR_SOCKET'), { socket: request }),
      }),
    ],
    ['a parser', caught(() => JSON.parse(`{"refresh_token":"${secret}`))],
    ['a schema', caught(() => z.strictObject({}).parse({ [`${secret}`]: 1 }))],
    ['an address', caught(() => new URL(`https://me:${RANDOM}@`))],
    ['a rejection without an error', { reason: { client_secret: RANDOM } }],
  ])('is gone: %s', (_, error) => {
    const text = redact(inspect(error, { depth: 9 }))
    expect(text).not.toContain(RANDOM)
  })
})

describe('The marks', () => {
  const marks = (text: string, by = redact) => by(text).match(/[\da-f]{8}(?=\])/g)

  it('are the same for the same secret, wherever it stands', () => {
    const [first, second, other] = marks(`token=${RANDOM} Bearer ${RANDOM} token=x`) ?? []
    expect(second).toBe(first)
    expect(other).not.toBe(first)
  })

  it('cannot be made again by whoever has a guess', () => {
    const [ours] = marks('token=1234') ?? []
    const [theirs] = marks('token=1234', createRedactor(new Uint8Array(32))) ?? []
    expect(theirs).not.toBe(ours)
  })
})

/** Texts that are made of what the redactor looks for. */
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'"\'\\ =:&?.,;[]{}-_@/\n%', '%3D', '%20') },
      fc.constantFrom('token', 'Secret', 'password', 'code', 'cookie', 'Authorization', 'api_key'),
      fc.constantFrom('Bearer ', 'basic', 'd":"', 'eyJ', JWT, 'wrt_', RANDOM, '://', '-----BEGIN'),
      fc.constantFrom('-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', 'AKIA', 'sk-'),
      fc.constantFrom('[redacted:', '[redacted:jwt:01234567]', ':01234567]', 'redacted'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''))

describe('Whatever the text', () => {
  it('a second time changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = redact(text)
        expect(redact(once)).toBe(once)
      }),
      { numRuns: 1_000 },
    )
  })

  it('what follows a name that ends in token, up to a delimiter, is gone', () => {
    const value = fc.stringMatching(/^[\w.~+/-]{4,40}$/).map((text) => `${text}7`)
    fc.assert(
      fc.property(hostile, value, (before, secret) => {
        expect(redact(`${before} access_token=${secret}&a=1`)).not.toContain(secret)
      }),
    )
  })

  it('twenty times the text takes about twenty times as long', () => {
    const seeds = [
      'eyJ',
      'eyJ-',
      'a.',
      'bearer ',
      'token ',
      'token:"',
      'token:"\\',
      '://',
      'cookie:',
    ]
    const more = [
      'wrt_',
      'code=',
      '-----BEGIN ',
      '[redacted:',
      'sk-',
      "'",
      '\\',
      '%3D',
      '"d":"',
      ' ',
    ]
    for (const seed of [...seeds, ...more]) {
      for (const text of [(n: number) => seed.repeat(n), (n: number) => seed + ' '.repeat(n)]) {
        const [once, more] = [quickest(text(1_000)), quickest(text(20_000))]
        // A quadratic one would take four hundred times as long.
        expect(more, JSON.stringify(seed)).toBeLessThan(250 * Math.max(once, 0.2))
      }
    }
  })

  /** Of several tries the one that nothing else got in the way of. */
  function quickest(text: string): number {
    const tries = Array.from({ length: 5 }, () => {
      const start = performance.now()
      redact(text)
      return performance.now() - start
    })
    return Math.min(...tries)
  }
})

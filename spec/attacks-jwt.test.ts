/**
 * Attacks on the verification of tokens (JW) that need more than one issuer, keys of another kind, or
 * the memory of verified tokens; the others are in `attacks-guard.test.ts`.
 *
 * Run once with Node's own cryptography and once with WebCrypto.
 */

import { base64url, exportSPKI, type JWK, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  createGuard,
  type JwtKind,
  type JwtOptions,
  jwt,
  type OtherJwtOptions,
  type SeveralIssuersOptions,
} from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import {
  createIssuer,
  goodClaims,
  ISSUER,
  lastReason,
  NOW,
  RESOURCE,
  requestWith,
} from './fixtures/issuer.ts'
import { engines, runsOn } from './support/engines.ts'
import { bytesOfModulus, closePrimesModulus, rocaModulus } from './support/weak-keys.ts'

const OTHER = 'https://as2.test'
const encode = (text: string) => new TextEncoder().encode(text)
const SECRET = 'a secret of forty-eight bytes, which is plenty!!'

type Claims = Readonly<Record<string, unknown>>

/** A good access token but for what is changed, by a shared secret. */
const macToken = (claims: Claims = {}, header: Claims = {}, secret: Uint8Array = encode(SECRET)) =>
  new SignJWT({ ...goodClaims, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header })
    .sign(secret)

/** Makes a kind and its guard as a caller may that no compiler checks. */
const createUntyped = (options: object): unknown => {
  const kind: unknown = Reflect.apply(jwt, undefined, [{ issuer: ISSUER, ...options }])
  return Reflect.apply(createGuard, undefined, [{ resource: RESOURCE, accept: [kind] }])
}

/** A guard of issuers of any kind, with the answers it gives to tokens. */
function trusting(options: JwtOptions | OtherJwtOptions | SeveralIssuersOptions) {
  const platform = fakePlatform(NOW * 1000)
  const kind: JwtKind = Reflect.apply(jwt, undefined, [options])
  const events: Claims[] = []
  const guard = createGuard({
    ...{ resource: RESOURCE, accept: [kind], platform },
    onEvent: (event) => events.push({ ...event }),
  })
  return {
    guard,
    kind,
    platform,
    events,
    status: async (token: string) => {
      const outcome = await guard.check(requestWith(`Bearer ${token}`))
      return outcome instanceof Response ? outcome.status : 200
    },
    principal: async (token: string) => {
      const outcome = await guard.check(requestWith(`Bearer ${token}`))
      if (outcome instanceof Response) throw new Error(`Refused: ${lastReason(events)}`)
      return outcome
    },
  }
}

/** A public key in the ways in which somebody could take it for a secret. */
async function textsOf({ publicKey, publicJwk }: Awaited<ReturnType<typeof createIssuer>>) {
  const pem = await exportSPKI(publicKey)
  const der = Buffer.from(pem.replace(/-+[^-]+-+|\s/g, ''), 'base64')
  return {
    exact: pem,
    'without final newline': pem.trimEnd(),
    CRLF: pem.replaceAll('\n', '\r\n'),
    'PKCS#1': pem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY'),
    'leading space': ` \n${pem}`,
    BOM: `\ufeff${pem}`,
    'leading comment': `The key of the issuer\n${pem}`,
    DER: Uint8Array.from(der),
    'DER in Base64': der.toString('base64'),
    'DER in Base64, in lines': pem.replace(/-+[^-]+-+/g, ''),
    JWK: JSON.stringify(publicJwk),
    'a set of JWKs': ` ${JSON.stringify({ keys: [publicJwk] }, null, 2)}`,
  }
}

describe.each(engines)('JW on %s', (engine) => {
  runsOn(engine)

  it.each(['RS256', 'ES256', 'EdDSA'])(
    'JW-02 no text of a %s key is accepted as a secret',
    async (alg) => {
      for (const [form, secret] of Object.entries(await textsOf(await createIssuer('k', alg)))) {
        // Short ones are refused for that alone.
        for (const algorithms of [['HS256'], ['HS384'], ['HS512']]) {
          expect(() => createUntyped({ keys: { secret }, algorithms }), form).toThrow('keys.secret')
        }
      }
    },
  )

  it('JW-02 beside an issuer with a secret, the public key of another is still no secret', async () => {
    const other = await createIssuer('key-1', 'RS256')
    const { status } = trusting({
      issuers: [
        { issuer: ISSUER, keys: { secret: SECRET } },
        { issuer: OTHER, keys: { jwk: other.publicJwk }, algorithms: ['RS256'] },
      ],
    })
    const texts = { ...(await textsOf(other)), n: other.publicJwk.n ?? '' }
    for (const [form, text] of Object.entries(texts)) {
      const secret = typeof text === 'string' ? encode(text) : text
      for (const iss of [ISSUER, OTHER]) {
        for (const kid of ['key-1', undefined]) {
          expect(await status(await macToken({ iss }, { kid }, secret)), form).toBe(401)
        }
      }
    }
    expect(await status(await macToken())).toBe(200)
    expect(await status(await other.token({ iss: OTHER }))).toBe(200)
    expect(await status(await macToken({ iss: OTHER }))).toBe(401)
    expect(await status(await other.token())).toBe(401)
  })

  it('JW-03 a symmetric key in a set of public keys verifies nothing, and the operator hears of it', async () => {
    const issuer = await createIssuer()
    const oct = { kty: 'oct', k: base64url.encode(SECRET), kid: 'mac', alg: 'HS256' }
    const { status, events } = trusting({
      issuer: ISSUER,
      keys: { jwks: async () => ({ keys: [oct, issuer.publicJwk] }) },
    })
    expect(await status(await macToken({}, { kid: 'mac' }))).toBe(401)
    expect(await status(await issuer.token())).toBe(200)
    expect(events).toContainEqual(expect.objectContaining({ type: 'key.exposed', keyId: 'mac' }))
    expect(JSON.stringify(events)).not.toContain(oct.k)
  })

  it('JW-03 a secret is for one algorithm, which the token does not choose', async () => {
    const keys = { secret: SECRET }
    const { status } = trusting({ issuer: ISSUER, keys, algorithms: ['HS256'] })
    for (const alg of ['HS384', 'HS512', 'none', 'RS256']) {
      const [, payload] = (await macToken()).split('.')
      const header = base64url.encode(JSON.stringify({ alg, typ: 'at+jwt' }))
      expect(await status(`${header}.${payload}.${base64url.encode(SECRET)}`)).toBe(401)
    }
    expect(() => createUntyped({ keys, algorithms: ['HS256', 'HS384'] })).toThrow('algorithms: ')
    expect(() => createUntyped({ keys, algorithms: ['RS256'] })).toThrow('algorithms: ')
  })

  it('JW-05 a kid is looked up among the keys of the issuer that the token names', async () => {
    const [one, two] = [await createIssuer('same'), await createIssuer('same')]
    const { status } = trusting({
      issuers: [
        { issuer: ISSUER, keys: { jwks: { keys: [one.publicJwk] } } },
        { issuer: OTHER, keys: { jwks: { keys: [two.publicJwk] } } },
      ],
    })
    expect(await status(await one.token())).toBe(200)
    expect(await status(await two.token({ iss: OTHER }))).toBe(200)
    expect(await status(await two.token())).toBe(401)
    expect(await status(await one.token({ iss: OTHER }))).toBe(401)
  })

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt'])(
    'JW-07 typ %j will do for an issuer of which that was said',
    async (typ) => {
      const issuer = await createIssuer()
      const keys = { jwk: issuer.publicJwk }
      const token = await issuer.token({}, { typ })
      expect(await trusting({ issuer: ISSUER, keys, profile: 'jwt' }).status(token)).toBe(200)
    },
  )

  it.each(['id_token', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', '', null, ['JWT']])(
    'JW-07 typ %j will not do, whatever was said',
    async (typ) => {
      const issuer = await createIssuer()
      const keys = { jwk: issuer.publicJwk }
      const token = await issuer.tokenWithHeader({ alg: 'ES256', kid: 'key-1', typ })
      expect(await trusting({ issuer: ISSUER, keys, profile: 'jwt' }).status(token)).toBe(401)
    },
  )

  it('JW-10 of several issuers, only the one that the token names is asked for its keys', async () => {
    const two = await createIssuer('key-2')
    const fetch = vi.fn(async () => Response.json({ keys: [two.publicJwk] }))
    const { status } = trusting({
      fetch,
      issuers: [
        { issuer: ISSUER, keys: { jwksUri: `${ISSUER}/jwks` } },
        { issuer: OTHER, keys: { jwksUri: `${OTHER}/jwks` } },
      ],
    })
    for (const iss of [`${OTHER}/`, 'https://AS2.test', `${OTHER}.evil.test`, undefined, [OTHER]]) {
      expect(await status(await two.token({ iss }))).toBe(401)
    }
    expect(fetch).not.toHaveBeenCalled()
    expect(await status(await two.token({ iss: OTHER }))).toBe(200)
    expect(fetch.mock.calls.map(([url]: readonly unknown[]) => url)).toEqual([`${OTHER}/jwks`])
  })

  it('JW-10 an issuer that is named twice makes no guard', () => {
    const keys = { secret: SECRET }
    const issuers = [
      { issuer: ISSUER, keys },
      { issuer: ISSUER, keys },
    ]
    expect(() => jwt({ issuers })).toThrow('issuers: ')
    expect(() => jwt({ issuers: [] })).toThrow('issuers: ')
  })

  it.each([
    ['HS256', 31, 32],
    ['HS384', 47, 48],
    ['HS512', 63, 64],
  ])(
    'JW-14 %s with a secret of %i bytes makes no guard, with %i it does',
    async (alg, short, long) => {
      const algorithms = [alg]
      for (const secret of [
        's'.repeat(short),
        new Uint8Array(short).fill(7),
        '',
        new Uint8Array(),
      ]) {
        expect(() => createUntyped({ keys: { secret }, algorithms })).toThrow('keys.secret: ')
      }
      const secret = 'é'.repeat(long / 2)
      const { status } = trusting({ issuer: ISSUER, keys: { secret }, algorithms })
      expect(await status(await macToken({}, { alg }, encode(secret)))).toBe(200)
      expect(await status(await macToken({}, { alg }, encode(secret.replace('é', 'è'))))).toBe(401)
    },
  )

  it.each([undefined, null, 0, {}, [], true, new ArrayBuffer(64), { env: 'JWT_SECRET' }])(
    'JW-14 %j is no secret',
    (secret) => {
      expect(() => createUntyped({ keys: { secret } })).toThrow('keys.secret: ')
    },
  )

  it('JW-14 a secret that is got, and is none, is an outage that says nothing of it', async () => {
    const { status, events } = trusting({
      issuer: ISSUER,
      keys: { secret: async () => 'much too short' },
    })
    expect(await status(await macToken({}, {}, encode('much too short')))).toBe(503)
    expect(lastReason(events)).toContain('keys.secret')
    expect(JSON.stringify(events)).not.toContain('much too short')
  })

  it('JW-14 a secret is got once, whoever is in a hurry, and again when it failed', async () => {
    let secret: () => Promise<string> = async () => Promise.reject(new Error('the vault is sealed'))
    const read = vi.fn(() => secret())
    const { status, platform } = trusting({ issuer: ISSUER, keys: { secret: read } })
    const token = await macToken()
    expect(await Promise.all([status(token), status(token)])).toEqual([503, 503])
    expect(read).toHaveBeenCalledTimes(1)
    secret = async () => SECRET
    platform.advance(1_000)
    expect(await Promise.all([status(token), status(await macToken({}, { kid: 'any' }))])).toEqual([
      200, 200,
    ])
    expect(read).toHaveBeenCalledTimes(2)
  })

  it.each([
    {},
    { jwksUri: `${ISSUER}/jwks`, secret: SECRET },
    { uri: `${ISSUER}/jwks` },
    'https://as.test/jwks',
    null,
  ])('JW-14 keys %j make no guard', (keys) => {
    expect(() => createUntyped({ keys })).toThrow('keys: ')
  })

  it('JW-14 what is no public key in PEM makes no guard', async () => {
    const { publicKey } = await createIssuer('key-1', 'RS256')
    const pem = await exportSPKI(publicKey)
    const bad = [
      ...[undefined, '', 'key', pem.replaceAll('PUBLIC', 'PRIVATE'), pem.slice(0, 100)],
      ...[pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), `${pem}${pem}`],
    ]
    for (const text of bad) {
      expect(() => createUntyped({ keys: { pem: text }, algorithms: ['RS256'] })).toThrow(
        'keys.pem',
      )
    }
    const several = { keys: { pem }, algorithms: ['RS256', 'PS256'] }
    expect(() => createUntyped(several)).toThrow('algorithms: ')
  })

  it('JW-14 private keys make no guard', async () => {
    const { privateJwk, publicJwk } = await createIssuer()
    expect(() => createUntyped({ keys: { jwk: privateJwk } })).toThrow('keys.jwk: must be public')
    const keys = [publicJwk, { kty: 'oct', k: base64url.encode(SECRET) }]
    expect(() => createUntyped({ keys: { jwks: { keys } } })).toThrow('keys.jwks: must be public')
  })

  it('JW-22 what a claim must say is an exact text and no pattern', async () => {
    const issuer = await createIssuer()
    const keys = { jwk: issuer.publicJwk }
    for (const value of [/^access$/g, ['access'], () => true, 1, null]) {
      const options = { keys, profile: 'jwt', required: { token_use: value } }
      expect(() => createUntyped(options)).toThrow('required.token_use: ')
    }
    for (const [name, value] of Object.entries({ issuer: /as/, audience: /mcp/ })) {
      expect(() => createUntyped({ keys, [name]: value })).toThrow(`${name}: `)
    }
    const required = { token_use: 'access' }
    const { status } = trusting({ issuer: ISSUER, keys, profile: 'jwt', required })
    expect(await status(await issuer.token({ token_use: 'access' }))).toBe(200)
    for (const token_use of [undefined, 'id', 'access ', 'xaccess', ['access'], { access: 1 }]) {
      expect(await status(await issuer.token({ token_use }))).toBe(401)
    }
  })

  it('JW-28 a token that is bound is not taken as a bearer token, whoever issued it', async () => {
    const issuer = await createIssuer()
    const keys = { jwk: issuer.publicJwk }
    const { status } = trusting({ issuer: ISSUER, keys, profile: 'jwt' })
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, { other: 1 }, {}, [], null, 'jkt']) {
      expect(await status(await issuer.token({ cnf }))).toBe(401)
    }
  })

  it('JW-29 keys that anybody could sign for make no guard', async () => {
    const [rsa, ed] = [await createIssuer('k', 'RS256'), await createIssuer('k', 'Ed25519')]
    const ec = await createIssuer('k', 'ES256')
    const refused: [JWK, string][] = [
      ...['AQ', 'Aw', 'AQAA', 'AQAC', 'AQAAAAE', ''].map((e): [JWK, string] => [
        { ...rsa.publicJwk, e },
        'RS256',
      ]),
      [{ ...rsa.publicJwk, n: base64url.encode(new Uint8Array(255).fill(255)) }, 'RS256'],
      [{ ...rsa.publicJwk, n: base64url.encode(new Uint8Array(513).fill(255)) }, 'RS256'],
      ...[closePrimesModulus(), rocaModulus()].map((n): [JWK, string] => [
        { ...rsa.publicJwk, n: base64url.encode(bytesOfModulus(n)) },
        'RS256',
      ]),
      [{ ...ec.publicJwk, y: ec.publicJwk.x ?? '' }, 'ES256'],
      [{ ...ec.publicJwk, crv: 'P-384', alg: 'ES384' }, 'ES384'],
      [{ ...ec.publicJwk, alg: 'ES512' }, 'ES512'],
      [{ ...ec.publicJwk, x: `A${ec.publicJwk.x}` }, 'ES256'],
      ...smallOrder.map((hex): [JWK, string] => [
        { ...ed.publicJwk, x: Buffer.from(hex, 'hex').toString('base64url') },
        'Ed25519',
      ]),
      [{ ...ed.publicJwk, x: ed.publicJwk.x?.slice(1) ?? '' }, 'Ed25519'],
    ]
    for (const [jwk, alg] of refused) {
      const options: JwtOptions = { issuer: ISSUER, keys: { jwk }, algorithms: [alg] }
      // WebCrypto reads keys later than that, and so some of them let nobody in instead.
      const attempt = async () => trusting(options).status(await ec.token())
      if (engine === 'node:crypto') {
        expect(() => trusting(options), JSON.stringify(jwk)).toThrow('keys.jwk: ')
      } else {
        expect(await attempt().catch(String), JSON.stringify(jwk)).toSatisfy(
          (outcome) => outcome === 500 || String(outcome).includes('keys.jwk: '),
        )
      }
    }
  })
})

/** Points of Ed25519 of small order, and spellings that they are not to have. */
const smallOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

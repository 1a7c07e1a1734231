/**
 * Attacks on the guard: forged and borrowed tokens (JW), and requests made to slip past (RS).
 *
 * More of JW is in `attacks-jwt.test.ts` and `attacks-jwt-cache.test.ts`. Not here: JW-30, because the
 * guard reads no ID tokens. Spellings that a header cannot carry are tried on the verifier itself, in
 * `src/protocol/jwt.test.ts`.
 */

import fc from 'fast-check'
import { base64url, CompactEncrypt, exportSPKI, type JWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  type AccessTokenClaims,
  all,
  anyScope,
  createGuard,
  freshness,
  permission,
  type Rule,
  roles,
  scopes,
} from 'warder/guard'
import {
  createIssuer,
  goodClaims,
  guarded,
  ISSUER,
  lastReason,
  NOW,
  RESOURCE,
  requestWith,
} from './fixtures/issuer.ts'
import { sourcesBelow } from './house/tree.ts'
import { engines, runsOn } from './support/engines.ts'
import { bytesOfModulus, closePrimesModulus, rocaModulus } from './support/weak-keys.ts'

/** A kid that is not the issuer's, and what a store or file system would make of it. */
const oddKids = ['unknown', '../../dev/null', "' OR 1=1", 'k'.repeat(10_000), '__proto__', '']

/** Makes a guard as a caller may that no compiler checks. */
const createUntyped = (options: object): unknown =>
  Reflect.apply(createGuard, undefined, [{ issuer: ISSUER, resource: RESOURCE, ...options }])

describe.each(engines)('JW: tokens, with %s', (engine) => {
  runsOn(engine)

  it.each(['none', 'None', 'NONE', 'nOnE', '', undefined, null, ['ES256'], 256, {}])(
    'JW-01 alg %j is refused, signed or not',
    async (alg) => {
      const { issuer, status, events } = await guarded()
      const token = await issuer.tokenWithHeader({ alg, kid: 'key-1', typ: 'at+jwt' })
      expect(await status(token)).toBe(401)
      expect(lastReason(events)).toMatch(/^alg .* is not allowed$/)
      expect(await status(token.replace(/[^.]*$/, ''))).toBe(401)
    },
  )

  it.each(['RS256', 'ES256'])('JW-02 no text of a public %s key is an HMAC key', async (alg) => {
    const signer = await createIssuer('key-1', alg)
    const { status } = await guarded({
      keys: { jwks: async () => ({ keys: [signer.publicJwk] }) },
      algorithms: ['ES256', 'RS256'],
    })
    const pem = await exportSPKI(signer.publicKey)
    const der = base64url.decode(
      pem
        .replace(/-+[^-]+-+|\s/g, '')
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', ''),
    )
    const pkcs1 = pem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY')
    const texts = [
      ...[pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), ` ${pem}`, `\ufeff${pem}`],
      ...[`Key of the issuer\n${pem}`, pkcs1, JSON.stringify(signer.publicJwk)],
      ...[JSON.stringify({ keys: [signer.publicJwk] }), signer.publicJwk.n ?? signer.publicJwk.x],
    ]
    const secrets = [der, ...texts.map((text) => new TextEncoder().encode(text))]
    for (const hmac of ['HS256', 'HS384', 'HS512']) {
      for (const secret of secrets) {
        const padded =
          secret.length < 64 ? new Uint8Array([...secret, ...new Uint8Array(64)]) : secret
        const token = new SignJWT(goodClaims).setProtectedHeader({
          alg: hmac,
          kid: 'key-1',
          typ: 'at+jwt',
        })
        expect(await status(await token.sign(padded))).toBe(401)
      }
    }
    expect(await status(await signer.token())).toBe(200)
  })

  it('JW-03 a key without alg is used only where exactly one allowed algorithm fits it', async () => {
    const signer = await createIssuer('key-1', 'RS256')
    const { alg: _, ...jwk } = signer.publicJwk
    const statusWith = async (algorithms: readonly string[]) => {
      const keys = { jwks: async () => ({ keys: [jwk, (await createIssuer()).publicJwk] }) }
      return (await guarded({ keys, algorithms })).status(await signer.token())
    }
    expect(await statusWith(['ES256', 'RS256'])).toBe(200)
    expect(await statusWith(['ES256', 'RS256', 'PS256'])).toBe(401)
    expect(await statusWith(['ES256', 'PS256'])).toBe(401)
  })

  it('JW-03 a key is used for no algorithm but its own', async () => {
    const signer = await createIssuer('key-1', 'RS256')
    const keys = { jwks: async () => ({ keys: [{ ...signer.publicJwk, alg: 'PS256' }] }) }
    const { status } = await guarded({ keys, algorithms: ['RS256', 'PS256'] })
    expect(await status(await signer.token())).toBe(401)
  })

  it('JW-04 a key that the token brings along is neither used nor fetched', async () => {
    const fetch = vi.fn(async () => Response.json({ keys: [issuer.publicJwk] }))
    const issuer = await createIssuer()
    const evil = await createIssuer('evil')
    const { status } = await guarded({ keys: { jwksUri: `${ISSUER}/jwks` }, fetch })
    const header = {
      jwk: evil.publicJwk,
      jku: 'https://evil.test/jwks',
      x5u: 'https://evil.test/x5u',
      x5c: ['MIIB'],
    }
    for (const kid of ['evil', 'key-1', undefined]) {
      expect(await status(await evil.token({}, { ...header, kid }))).toBe(401)
    }
    expect(await status(await issuer.token({}, header))).toBe(200)
    expect(fetch.mock.calls.map(([url]: readonly unknown[]) => url)).toEqual([`${ISSUER}/jwks`])
  })

  it.each(oddKids)('JW-05 kid %.20j finds no key', async (kid) => {
    const { issuer, status, events } = await guarded()
    expect(await status(await issuer.token({}, { kid }))).toBe(401)
    expect(lastReason(events).length).toBeLessThan(200)
  })

  it('JW-05 kid must be a text', async () => {
    const { issuer, status, events } = await guarded()
    for (const kid of [['key-1'], null, 1, { kid: 'key-1' }]) {
      const token = await issuer.tokenWithHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      expect(await status(token)).toBe(401)
      expect(lastReason(events)).toBe('kid is not a text')
    }
  })

  it('JW-05 a token without kid is accepted only if exactly one key fits', async () => {
    const [first, second] = [await createIssuer('key-1'), await createIssuer('key-2')]
    const token = await first.token({}, { kid: undefined })
    const statusWith = async (...keys: JWK[]) =>
      (await guarded({ keys: { jwks: async () => ({ keys }) } })).status(token)
    expect(await statusWith(first.publicJwk)).toBe(200)
    expect(await statusWith(first.publicJwk, second.publicJwk)).toBe(401)
  })

  it('JW-05 a kid that two keys share decides nothing, and another issuer’s kid is its own', async () => {
    const [first, second] = [await createIssuer('key-1'), await createIssuer('key-1')]
    const statusWith = async (...keys: JWK[]) =>
      (await guarded({ keys: { jwks: async () => ({ keys }) } })).status(await first.token())
    expect(await statusWith(first.publicJwk, second.publicJwk)).toBe(401)
    expect(await statusWith(second.publicJwk)).toBe(401)
  })

  it.each([
    ...[undefined, null, 'JWT', 'id_token', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', ''],
    ...['at+jwt ', 'text/at+jwt', 'application/application/at+jwt', ['at+jwt']],
  ])('JW-07 typ %j is refused', async (typ) => {
    const { issuer, status, events } = await guarded()
    const token = await issuer.tokenWithHeader({ alg: 'ES256', kid: 'key-1', typ })
    expect(await status(token)).toBe(401)
    expect(lastReason(events)).toMatch(/^typ .* instead of at\+jwt$/)
  })

  it.each([
    ...[undefined, null, [], ['x'], 'https://mcp.test', `${RESOURCE}/`, `${RESOURCE}x`, ''],
    ...['https://mcp.test/MCP', 'https://MCP.test/mcp', `${RESOURCE} ${RESOURCE}`],
    ...[[RESOURCE, 1], [RESOURCE, {}], [[RESOURCE]], { 0: RESOURCE }, 1, true],
  ])('JW-09 aud %j is refused', async (aud) => {
    const { issuer, status, events } = await guarded()
    expect(
      await status(await issuer.tokenWithPayload(JSON.stringify({ ...goodClaims, aud }))),
    ).toBe(401)
    expect(lastReason(events)).toMatch(/^aud /)
  })

  it('JW-09 ten thousand audiences are refused by their size', async () => {
    const { issuer, status, events } = await guarded()
    const aud = [...Array.from({ length: 10_000 }, (_, i) => `${i}`), RESOURCE]
    expect(await status(await issuer.token({ aud }))).toBe(401)
    expect(lastReason(events)).toMatch(/characters long$/)
  })

  it.each([undefined, `${ISSUER}/`, 'https://AS.test', `${ISSUER}.evil.test`, [ISSUER], null, ''])(
    'JW-10 iss %j is refused',
    async (iss) => {
      const { issuer, status, events } = await guarded()
      expect(
        await status(await issuer.tokenWithPayload(JSON.stringify({ ...goodClaims, iss }))),
      ).toBe(401)
      expect(lastReason(events)).toMatch(/^iss /)
    },
  )

  it('JW-10 a token of another issuer leads to no look at any keys', async () => {
    const fetch = vi.fn(async () => Response.json({ keys: [] }))
    const { status } = await guarded({ keys: { jwksUri: `${ISSUER}/jwks` }, fetch })
    const other = await createIssuer()
    expect(await status(await other.token({ iss: 'https://evil.test' }))).toBe(401)
    expect(fetch).not.toHaveBeenCalled()
  })

  it.each(['null', '"9999999999"', '1e400', '-1', 'true', '1e20', '[9999999999]', '{}', '-0'])(
    'JW-11 exp %s is refused',
    async (exp) => {
      const { issuer, status } = await guarded()
      const payload = JSON.stringify(goodClaims).replace(/"exp":\d+/, `"exp":${exp}`)
      expect(payload).toContain(exp)
      expect(await status(await issuer.tokenWithPayload(payload))).toBe(401)
    },
  )

  it('JW-11 exp ends exactly after the tolerance, and may be a fraction', async () => {
    const { issuer, status } = await guarded({ clockTolerance: 30 })
    const statusAt = async (exp: number) => status(await issuer.token({ exp }))
    expect(await statusAt(NOW - 29)).toBe(200)
    expect(await statusAt(NOW - 29.5)).toBe(200)
    expect(await statusAt(NOW - 30)).toBe(401)
    expect(await statusAt(NOW - 31)).toBe(401)
  })

  it('JW-12 nbf and iat may lie in the future by the tolerance and no more', async () => {
    const { issuer, status } = await guarded({ clockTolerance: 30 })
    for (const claim of ['nbf', 'iat']) {
      expect(await status(await issuer.token({ [claim]: NOW + 30 })), claim).toBe(200)
      expect(await status(await issuer.token({ [claim]: NOW + 31 })), claim).toBe(401)
    }
  })

  it('JW-12 nbf and iat must be dates', async () => {
    const { issuer, status } = await guarded()
    for (const claim of ['nbf', 'iat']) {
      for (const value of ['"1"', 'null', 'true', '[]', '{}', '-1', '1e400']) {
        const payload = JSON.stringify({ ...goodClaims, nbf: NOW })
        const changed = payload.replace(new RegExp(`"${claim}":\\d+`), `"${claim}":${value}`)
        expect(changed).not.toBe(payload)
        expect(await status(await issuer.tokenWithPayload(changed)), changed).toBe(401)
      }
    }
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '30', null, 601])(
    'JW-13 clockTolerance %j makes no guard',
    (clockTolerance) => {
      expect(() => createUntyped({ clockTolerance })).toThrow('clockTolerance: ')
    },
  )

  it('JW-13 clockTolerance that is not given is 30 seconds', async () => {
    const { issuer, status } = await guarded()
    expect(await status(await issuer.token({ exp: NOW - 29 }))).toBe(200)
    expect(await status(await issuer.token({ exp: NOW - 30 }))).toBe(401)
  })

  it.each([[], ['none'], ['HS256'], ['ES256', 'HS256'], ['ES256K'], null, 'ES256'])(
    'JW-14 algorithms %j make no guard',
    (algorithms) => {
      expect(() => createUntyped({ algorithms })).toThrow('algorithms: ')
    },
  )

  it.each([undefined, '', 'as.test', 'http://as.test', 'file:///etc/passwd', null])(
    'JW-14 keys that would come from %j make no guard',
    (uri) => {
      expect(() => createUntyped({ keys: { jwksUri: uri } })).toThrow('keys.jwksUri: ')
    },
  )

  it('JW-14 what is no key, or a weak one, verifies nothing', async () => {
    const signer = await createIssuer('key-1', 'RS256')
    const bad = [
      ...[undefined, null, '', {}, { kty: 'oct', k: '', kid: 'key-1' }],
      { kty: 'oct', k: base64url.encode('short'), alg: 'HS256', kid: 'key-1' },
      { ...signer.publicJwk, n: signer.publicJwk.n?.slice(0, 171) },
    ]
    const keys = { jwks: async () => Object.assign({ keys: [] }, { keys: bad }) }
    const { status } = await guarded({ keys, algorithms: ['ES256', 'ES512', 'RS256'] })
    expect(await status(await signer.token())).toBe(503)
  })

  it('JW-14 a P-256 key is not used for ES512', async () => {
    const signer = await createIssuer()
    const keys = { jwks: async () => ({ keys: [{ ...signer.publicJwk, alg: 'ES512' }] }) }
    const { status } = await guarded({ keys, algorithms: ['ES256', 'ES512'] })
    expect(await status(await signer.token())).toBe(503)
  })

  it('JW-15 signatures of no value are refused', async () => {
    const { issuer, status } = await guarded()
    const [header, payload, good = ''] = (await issuer.token()).split('.')
    const signature = base64url.decode(good)
    const r = signature.slice(0, 32)
    const s = signature.slice(32)
    const zero = new Uint8Array(32)
    const order = Buffer.from(P256_ORDER.toString(16), 'hex')
    const der = Buffer.from([0x30, 0x44, 0x02, 0x20, ...r, 0x02, 0x20, ...s])
    const forged = [
      ...[
        [zero, zero],
        [r, zero],
        [zero, s],
        [order, s],
        [r, order],
        [order, order],
      ],
      ...[[der], [r], [r, s.slice(1)], [r, s, [0]], [[0], r, s], []],
    ]
    for (const parts of forged) {
      const bytes = base64url.encode(Uint8Array.from(parts.flatMap((part) => [...part])))
      expect(await status(`${header}.${payload}.${bytes}`), bytes).toBe(401)
    }
  })

  it('JW-15 the mirrored ECDSA signature, which JWA allows, says nothing else about the caller', async () => {
    const { issuer, principal } = await guarded()
    const token = await issuer.token()
    const signature = base64url.decode(token.split('.')[2] ?? '')
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).toString('hex')}`)
    const mirrored = (P256_ORDER - s).toString(16).padStart(64, '0')
    const bytes = Buffer.concat([signature.slice(0, 32), Buffer.from(mirrored, 'hex')])
    const other = token.replace(/[^.]*$/, bytes.toString('base64url'))
    expect(other).not.toBe(token)
    // The correlation id is made afresh for tokens that carry none.
    const { correlationId: _, ...expected } = await principal(token)
    expect(await principal(other)).toMatchObject(expected)
  })

  it('JW-16 only the one compact spelling of a token is accepted', async () => {
    const { issuer, status } = await guarded()
    const token = await issuer.token()
    const [header, payload, signature] = token.split('.')
    const misspelt = [
      ...[`${header}.${payload}`, `${token}.`, `${token}.${signature}`, `.${payload}.${signature}`],
      ...[`${header}..${signature}`, `${header}.${payload}.`, '..', `${token}=`, `${token}==`],
      ...[`${header}=.${payload}.${signature}`, `${token}+`, `${token}/`, `${token}A`],
      ...['.'.repeat(1_000_000), 'a'.repeat(1_000_000), token.replaceAll('_', '/')],
    ].filter((spelling) => spelling !== token)
    for (const spelling of misspelt) {
      expect(await status(spelling), spelling.slice(0, 80)).toBe(401)
    }
    const json = JSON.stringify({ protected: header, payload, signature })
    expect(await status(json)).toBe(401)
    expect(await status(token)).toBe(200)
  })

  it('JW-16 bits that base64url leaves over must be zero', async () => {
    const { issuer, status, events } = await guarded()
    const token = await issuer.token()
    const last = token.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const sibling = token.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]
    expect(base64url.decode(sibling.split('.')[2] ?? '')).toEqual(
      base64url.decode(token.split('.')[2] ?? ''),
    )
    expect(await status(sibling)).toBe(401)
    expect(lastReason(events)).toBe('the signature does not verify')
  })

  it('JW-17 an encrypted token is refused before anything is decrypted', async () => {
    const { issuer, status } = await guarded()
    const text = new TextEncoder().encode(await issuer.token())
    const secret = new Uint8Array(32)
    const encrypted = await new CompactEncrypt(text)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(secret)
    expect(await status(encrypted)).toBe(401)
    for (const header of [
      { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31, p2s: 'AAAA' },
      { alg: 'RSA-OAEP', enc: 'A128GCM', zip: 'DEF' },
    ]) {
      const protectedHeader = base64url.encode(JSON.stringify({ ...header, typ: 'at+jwt' }))
      expect(await status(`${protectedHeader}.AAAA.AAAA.AAAA.AAAA`)).toBe(401)
      expect(await status(`${protectedHeader}.AAAA.AAAA`)).toBe(401)
    }
    expect(await status(await issuer.tokenWithPayload(await issuer.token()))).toBe(401)
  })

  it('JW-16 header extensions are refused, understood or not', async () => {
    const { issuer, status } = await guarded()
    const good = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }
    for (const extension of [
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { crit: null },
      { b64: true },
    ]) {
      expect(await status(await issuer.tokenWithHeader({ ...good, ...extension }))).toBe(401)
    }
    expect(await status(await issuer.tokenWithHeader(good))).toBe(200)
  })

  it.each([
    ...['[]', '"text"', '1', 'null', 'true', '', '{', `[${JSON.stringify(goodClaims)}]`],
    ...['['.repeat(10_000), '{"a":'.repeat(2_000), `\ufeff${JSON.stringify(goodClaims)}`],
  ])('JW-19 the payload %.20j is refused', async (payload) => {
    const { issuer, status } = await guarded()
    expect(await status(await issuer.tokenWithPayload(payload))).toBe(401)
  })

  it('JW-19 a payload that is not UTF-8, or a megabyte of it, is refused', async () => {
    const { issuer, status } = await guarded()
    const text = JSON.stringify({ ...goodClaims, sub: 'al?ce' })
    const bytes = Uint8Array.from(text, (character) =>
      character === '?' ? 0xff : character.charCodeAt(0),
    )
    expect(await status(await issuer.tokenWithPayload(bytes))).toBe(401)
    expect(await status(await issuer.token({ padding: ' '.repeat(1_000_000) }))).toBe(401)
  })

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
    'JW-20 a claim named %s changes nothing but itself',
    async (name) => {
      const { issuer, principal } = await guarded()
      const before = Object.getOwnPropertyNames(Object.prototype)
      const payload = JSON.stringify(goodClaims).replace(
        '{',
        `{"${name}":{"roles":["admin"],"x":1},`,
      )
      const { roles, claims } = await principal(await issuer.tokenWithPayload(payload))
      expect(roles).toEqual([])
      expect(Object.getPrototypeOf(claims)).toBeNull()
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      expect(Reflect.get({}, 'x')).toBeUndefined()
    },
  )

  it('JW-20 claims are not inherited', async () => {
    const { issuer, status } = await guarded()
    const { sub: _, ...rest } = goodClaims
    const payload = JSON.stringify(rest).replace('{', '{"__proto__":{"sub":"admin"},')
    expect(await status(await issuer.tokenWithPayload(payload))).toBe(401)
  })

  it('JW-21 whatever is remembered of a token: revoked, expired or its key gone, it is refused', async () => {
    const other = await createIssuer('key-2')
    const revoked = new Set<string>()
    let keys: JWK[] = []
    const { issuer, status, platform } = await guarded({
      keys: { jwks: async () => ({ keys }) },
      isRevoked: async ({ jti }) => revoked.has(jti),
    })
    keys = [issuer.publicJwk, other.publicJwk]
    const [short, long] = [
      await issuer.token(),
      await issuer.token({ jti: 'long', exp: NOW + 9e4 }),
    ]
    expect([await status(short), await status(long)]).toEqual([200, 200])
    revoked.add('token-1')
    expect([await status(short), await status(long)]).toEqual([401, 200])
    revoked.clear()
    platform.advance(930_000)
    expect([await status(short), await status(long)]).toEqual([401, 200])
    keys = [other.publicJwk]
    platform.advance(300_000)
    expect([await status(short), await status(long)]).toEqual([401, 401])
  })

  it('JW-25 nothing on the way reads a token without verifying it', () => {
    const sources = [...sourcesBelow('src/guard'), ...sourcesBelow('src/protocol')]
    expect(sources.length).toBeGreaterThan(10)
    const decoders = /\b(decodeJwt|decodeProtectedHeader|UnsecuredJWT|jwtDecrypt|compactDecrypt)\b/
    expect(sources.filter(([, source]) => decoders.test(source)).map(([path]) => path)).toEqual([])
  })

  it.each([
    ['notes:read'],
    [['notes:read']],
    { 0: 'notes:read' },
    1,
    null,
    ' notes:read',
    'a  b',
    'é',
  ])('JW-26 scope %j is refused', async (scope) => {
    const { issuer, status } = await guarded()
    expect(await status(await issuer.token({ scope }))).toBe(401)
  })

  it('JW-26 scopes are compared whole', async () => {
    const { issuer, status } = await guarded()
    const needs = { scopes: ['read'] }
    for (const scope of ['readwrite', 'READ', 'reader write', 'notes:read', '*', '']) {
      expect(await status(await issuer.token({ scope }), needs), scope).toBe(403)
    }
    expect(await status(await issuer.token({ scope: undefined, scp: ['read'] }), needs)).toBe(403)
    expect(await status(await issuer.token({ scope: 'write read' }), needs)).toBe(200)
  })

  it.each([
    undefined,
    '',
    1,
    null,
    ['alice'],
    'al\nice',
    'al\u0000ice',
    'al\u2028ice',
    'al\u0085ice',
    '\ud800',
  ])('JW-27 sub %j is refused', async (sub) => {
    const { issuer, status } = await guarded()
    expect(
      await status(await issuer.tokenWithPayload(JSON.stringify({ ...goodClaims, sub }))),
    ).toBe(401)
  })

  it('JW-27 every claim that is logged is plain text', async () => {
    const { issuer, status } = await guarded()
    for (const claim of ['client_id', 'jti', 'sid', 'cid']) {
      for (const value of ['a\nb', '', 1, null, 'x'.repeat(2000)]) {
        expect(await status(await issuer.token({ [claim]: value })), claim).toBe(401)
      }
    }
  })

  it.each([{ jkt: 'x' }, { 'x5t#S256': 'x' }, { other: 1 }, {}, null, 'jkt'])(
    'JW-28 a token with cnf %j is not taken as a bearer token',
    async (cnf) => {
      const { issuer, status } = await guarded()
      expect(await status(await issuer.token({ cnf }))).toBe(401)
    },
  )

  it('JW-32 claims of an access token come from a verified token and from nowhere else', () => {
    // @ts-expect-error made by hand, they are not verified
    const forged: AccessTokenClaims = { ...goodClaims, client_id: 'web' }
    expect(forged.client_id).toBe('web')
  })
})

/** The order of the group of P-256 (SEC 2 §2.4.2). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

type Issuer = Awaited<ReturnType<typeof createIssuer>>

describe.each(engines)('JW: key sets, with %s', (engine) => {
  runsOn(engine)

  /** A guard whose keys come over a network that the test plays. */
  const withNetwork = async (answer: () => Promise<Response>) => {
    const asked: [url: unknown, init: RequestInit | undefined][] = []
    const fetch = async (url: unknown, init?: RequestInit) => {
      asked.push([url, init])
      return answer()
    }
    return { asked, ...(await guarded({ keys: { jwksUri: `${ISSUER}/jwks` }, fetch })) }
  }

  it('JW-23 a thousand unknown kids lead to one look per cool-down, and known ones are unaffected', async () => {
    const issuer = await createIssuer()
    const { asked, status, platform } = await withNetwork(async () =>
      Response.json({ keys: [issuer.publicJwk] }),
    )
    const flood = () =>
      Promise.all(
        Array.from({ length: 1000 }, async (_, i) =>
          status(await issuer.token({}, { kid: `no-${i}` })),
        ),
      )
    expect(new Set(await flood())).toEqual(new Set([401]))
    expect(asked).toHaveLength(1)
    platform.advance(29_999)
    await flood()
    expect(asked).toHaveLength(1)
    platform.advance(1)
    const [outcomes, known] = await Promise.all([flood(), status(await issuer.token())])
    expect(new Set(outcomes)).toEqual(new Set([401]))
    expect(known).toBe(200)
    expect(asked).toHaveLength(2)
  })

  it('JW-23 a new key is found by its first token after the cool-down', async () => {
    const [old, next] = [await createIssuer('old'), await createIssuer('next')]
    let keys = [old.publicJwk]
    const { status, platform } = await withNetwork(async () => Response.json({ keys }))
    expect(await status(await old.token())).toBe(200)
    keys = [old.publicJwk, next.publicJwk]
    platform.advance(30_000)
    expect(await status(await next.token())).toBe(200)
  })

  it('JW-23 known kids do not wait for a look at unknown ones', async () => {
    const issuer = await createIssuer()
    let answer = async () => Response.json({ keys: [issuer.publicJwk] })
    const { status, platform } = await withNetwork(() => answer())
    const good = await issuer.token()
    expect(await status(good)).toBe(200)
    platform.advance(30_000)
    let release = (_: Response) => {}
    answer = () =>
      new Promise((resolve) => {
        release = resolve
      })
    const unknown = status(await issuer.token({}, { kid: 'unknown' }))
    expect(await status(good)).toBe(200)
    release(Response.json({ keys: [issuer.publicJwk] }))
    expect(await unknown).toBe(401)
  })

  const outages: Record<string, (jwk: JWK) => Promise<Response>> = {
    down: async () => Promise.reject(new TypeError('fetch failed')),
    'answering 500': async (jwk) => Response.json({ keys: [jwk] }, { status: 500 }),
    'answering 203': async (jwk) => Response.json({ keys: [jwk] }, { status: 203 }),
    'answering HTML': async () => new Response('<!doctype html>'),
    'answering nothing': async () => new Response(null),
    'answering no keys': async () => Response.json({ keys: [] }),
    'answering something else': async () => Response.json({ keys: { 0: {} } }),
    'answering null': async () => Response.json(null),
    'answering without end': async () => new Response(' '.repeat(300_000)),
    slow: async () => Promise.reject(new DOMException('', 'TimeoutError')),
  }

  it.each(Object.entries(outages))(
    'JW-24 while the issuer is %s, known keys serve for an hour, then 503',
    async (_, outage) => {
      const issuer = await createIssuer()
      let answer = async () => Response.json({ keys: [issuer.publicJwk] })
      const { status, refusal, platform, asked } = await withNetwork(() => answer())
      const good = await issuer.token({ exp: NOW + 90_000 })
      expect(await status(good)).toBe(200)
      answer = () => outage(issuer.publicJwk)
      platform.advance(300_000)
      expect(await status(good)).toBe(200)
      expect(asked).toHaveLength(2)
      // Nobody knows whether this one is good.
      expect(await status(await issuer.token({}, { kid: 'new' }))).toBe(503)
      expect(asked).toHaveLength(2)
      platform.advance(3_299_999)
      expect(await status(good)).toBe(200)
      platform.advance(1)
      const { status: late, headers, challenge } = await refusal(requestWith(`Bearer ${good}`))
      expect(late).toBe(503)
      expect(challenge).toBeNull()
      expect(headers.get('retry-after')).toBe('1')
      answer = async () => Response.json({ keys: [issuer.publicJwk] })
      platform.advance(30_000)
      expect(await status(good)).toBe(200)
    },
  )

  it.each(Object.entries(outages))(
    'JW-24 with the issuer %s from the start, every token is answered 503, and soon tried again',
    async (_, outage) => {
      const issuer = await createIssuer()
      let answer = () => outage(issuer.publicJwk)
      const { status, platform, asked, events } = await withNetwork(() => answer())
      const good = await issuer.token()
      expect(await Promise.all([status(good), status(good)])).toEqual([503, 503])
      expect(asked).toHaveLength(1)
      expect(events[0]).toMatchObject({ type: 'request.failed', error: 'temporarily_unavailable' })
      answer = async () => Response.json({ keys: [issuer.publicJwk] })
      platform.advance(1_000)
      expect(await status(good)).toBe(200)
    },
  )

  it('JW-24 a clock that is set back does not stretch the life of a key', async () => {
    const [old, next] = [await createIssuer('old'), await createIssuer('next')]
    let keys = [old.publicJwk]
    const { status, platform } = await withNetwork(async () => Response.json({ keys }))
    const token = await old.token({ iat: NOW - 90_000 })
    expect(await status(token)).toBe(200)
    platform.advance(-86_400_000)
    expect(await status(token)).toBe(200)
    keys = [next.publicJwk]
    platform.advance(300_000)
    expect(await status(token)).toBe(401)
  })

  it('JW-24 no redirect is followed, and no answer is waited for without end', async () => {
    const issuer = await createIssuer()
    const { status, asked } = await withNetwork(async () =>
      Response.json({ keys: [issuer.publicJwk] }),
    )
    await status(await issuer.token())
    expect(asked[0]?.[1]).toMatchObject({ redirect: 'error', signal: expect.any(AbortSignal) })
  })

  it('JW-24 keys for something else are passed over, and the others still serve', async () => {
    const [good, bad] = [await createIssuer('good'), await createIssuer('bad')]
    const encryption = { ...bad.publicJwk, use: 'enc' }
    const signing = { ...bad.publicJwk, key_ops: ['sign'] }
    const unknown = { ...bad.publicJwk, crv: 'secp256k1' }
    for (const jwk of [encryption, signing, unknown, { ...bad.publicJwk, y: 'AA' }]) {
      const keys = { jwks: async () => ({ keys: [jwk, good.publicJwk] }) }
      const { status } = await guarded({ keys })
      expect(await status(await bad.token())).toBe(401)
      expect(await status(await good.token())).toBe(200)
    }
  })

  it('JW-24 a private key in the set is never used, and the operator hears of it', async () => {
    const [good, bad] = [await createIssuer('good'), await createIssuer('bad')]
    const exposed = { ...bad.privateJwk, kid: 'bad', alg: 'ES256' }
    const { status, events } = await guarded({
      keys: { jwks: async () => ({ keys: [exposed, good.publicJwk] }) },
    })
    expect(await status(await bad.token())).toBe(401)
    expect(await status(await good.token())).toBe(200)
    expect(events[0]).toMatchObject({ type: 'key.exposed', keyId: 'bad' })
    expect(JSON.stringify(events)).not.toContain(String(exposed.d))
  })

  const unusable: [string, (issuer: Issuer) => unknown][] = [
    ['its private half', ({ privateJwk }) => ({ ...privateJwk, kid: 'key-1', alg: 'ES256' })],
    ['one for something else', ({ publicJwk }) => ({ ...publicJwk, use: 'enc' })],
    ['one for another algorithm', ({ publicJwk }) => ({ ...publicJwk, alg: 'ES384' })],
  ]

  it.each(unusable)(
    'JW-24 a key that is replaced by %s is taken back, as one that is replaced by a good one',
    async (_, replace) => {
      const issuer = await createIssuer()
      let keys: unknown[] = [issuer.publicJwk]
      const { status, platform } = await withNetwork(async () => Response.json({ keys }))
      const good = await issuer.token({ exp: NOW + 90_000 })
      expect(await status(good)).toBe(200)
      keys = [replace(issuer)]
      platform.advance(300_000)
      expect(await status(good)).toBe(503)
    },
  )

  it('JW-29 weak public keys are passed over', async () => {
    const [rsa, ec] = [await createIssuer('key-1', 'RS256'), await createIssuer('key-1')]
    const weak: [JWK, string][] = [
      ...['AQ', 'Ag', 'Aw', 'AQAA', 'AQAC', ''].map((e): [JWK, string] => [
        { ...rsa.publicJwk, e },
        'RS256',
      ]),
      [{ ...rsa.publicJwk, n: base64url.encode(new Uint8Array(128).fill(255)) }, 'RS256'],
      [{ ...rsa.publicJwk, n: base64url.encode(new Uint8Array(1024).fill(255)) }, 'RS256'],
      ...[closePrimesModulus(), rocaModulus()].map((n): [JWK, string] => [
        { ...rsa.publicJwk, n: base64url.encode(bytesOfModulus(n)) },
        'RS256',
      ]),
      [{ ...ec.publicJwk, y: ec.publicJwk.x ?? '' }, 'ES256'],
      [{ ...ec.publicJwk, x: base64url.encode(new Uint8Array(32)) }, 'ES256'],
    ]
    for (const [jwk, alg] of weak) {
      const keys = { jwks: async () => ({ keys: [jwk] }) }
      const { status } = await guarded({ keys, algorithms: [alg] })
      // No key is left, so nothing can be checked.
      expect(await status(await (alg === 'RS256' ? rsa : ec).token()), jwk.e).toBe(503)
    }
  })
})

describe('FZ-05 tokens', () => {
  it('any single character changed makes any token worthless', async () => {
    const { issuer, status } = await guarded()
    const token = await issuer.token({ cid: 'c', roles: ['editor'] })
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~ ']
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom('', ...characters),
        async (at, character) => {
          fc.pre(token[at] !== character)
          const mutated = token.slice(0, at) + character + token.slice(at + 1)
          expect([400, 401]).toContain(await status(mutated))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('whatever the guard lets in, jose lets in', async () => {
    const { issuer, status } = await guarded()
    const odd = fc.constantFrom<unknown>(
      undefined,
      null,
      '',
      0,
      [],
      {},
      'alice',
      NOW,
      NOW + 900,
      'at+jwt',
    )
    const mostly = (good: unknown) => fc.oneof({ weight: 6, arbitrary: fc.constant(good) }, odd)
    const claims = fc.record({
      iss: mostly(ISSUER),
      aud: mostly(RESOURCE),
      sub: mostly('alice'),
      client_id: mostly('web'),
      jti: mostly('token-1'),
      iat: mostly(NOW),
      exp: mostly(NOW + 900),
      nbf: mostly(undefined),
      scope: mostly('notes:read'),
    })
    const header = fc.record({
      alg: mostly('ES256'),
      kid: mostly('key-1'),
      typ: mostly('at+jwt'),
      crit: mostly(undefined),
      b64: mostly(undefined),
    })
    const outcomes = new Set<number>()
    await fc.assert(
      fc.asyncProperty(header, claims, async (protectedHeader, payload) => {
        const token = await issuer.signBytes(
          JSON.stringify(protectedHeader),
          JSON.stringify(payload),
        )
        const outcome = await status(token)
        outcomes.add(outcome)
        if (outcome !== 200) return
        await jwtVerify(token, issuer.publicKey, {
          ...{ issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt', algorithms: ['ES256'] },
          currentDate: new Date(NOW * 1000),
          clockTolerance: 30,
        })
      }),
      { numRuns: 500 },
    )
    expect(outcomes).toEqual(new Set([200, 401]))
  })

  it('what nobody signed is refused, whatever it looks like', async () => {
    const { status } = await guarded()
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => base64url.encode(text)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        expect([400, 401]).toContain(await status(parts.join('.')))
      }),
      { numRuns: 300 },
    )
  })
})

describe('RS: requests', () => {
  it('RS-01 no credentials: a challenge without a word of error', async () => {
    const { refusal } = await guarded()
    const { status, challenge } = await refusal(requestWith())
    expect(status).toBe(401)
    expect(challenge).toBe(
      'Bearer resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/mcp", scope="notes:read"',
    )
  })

  it('RS-02 a token in query, body or cookie is not honoured', async () => {
    const { issuer, refusal } = await guarded()
    const token = await issuer.token()
    const body = new URLSearchParams({ access_token: token })
    const requests = [
      new Request(`${RESOURCE}?access_token=${token}`),
      new Request(`${RESOURCE}?Authorization=Bearer%20${token}`),
      new Request(RESOURCE, { method: 'POST', body }),
      new Request(RESOURCE, { headers: { cookie: `access_token=${token}` } }),
      new Request(RESOURCE, { headers: { 'x-access-token': token, token } }),
    ]
    for (const request of requests) expect((await refusal(request)).status).toBe(401)
    const both = requestWith(`Bearer ${token}`, `${RESOURCE}?access_token=x`)
    expect((await refusal(both)).status).toBe(400)
  })

  it('RS-03 odd Authorization headers are answered 400 or 401', async () => {
    const { issuer, refusal } = await guarded()
    const token = await issuer.token()
    const odd = [
      ...[
        'Bearer',
        'Bearer ',
        'Bearer  x',
        'bearer x',
        'Bearer x y',
        'Bearer\tx',
        'Bearer x\ty',
        '=',
      ],
      ...[
        `Bearer ${token}, Bearer ${token}`,
        `Bearer ${token} `.repeat(2),
        `Basic YTpi, Bearer ${token}`,
      ],
      ...[
        `Bearer ${'x'.repeat(65_536)}`,
        `${'x'.repeat(65_536)} y`,
        'Bearer \xe9',
        '\xe9 x',
        ', Bearer x',
      ],
      ...[
        `Bearer "${token}"`,
        `Bearer:${token}`,
        `Bearer=${token}`,
        token,
        `Token ${token}`,
        'Bearer ,',
      ],
    ]
    for (const header of odd) {
      expect([400, 401], header).toContain((await refusal(requestWith(header))).status)
    }
  })

  it('RS-03 two Authorization headers are answered 400, even if both are good', async () => {
    const { issuer, refusal } = await guarded()
    const headers = new Headers()
    headers.append('authorization', `Bearer ${await issuer.token()}`)
    headers.append('authorization', `Bearer ${await issuer.token()}`)
    expect((await refusal(new Request(RESOURCE, { headers }))).status).toBe(400)
  })

  it.each([
    ...[
      '/MCP',
      '//mcp',
      '/mcp/',
      '/./mcp',
      '/x/../mcp',
      '/%6dcp',
      '/mcp%2f',
      '/mcp;a=b',
      '/mcp%00',
    ],
    ...[
      '/mcp?',
      '/\\mcp',
      '/',
      '/mcp/.well-known/oauth-protected-resource',
      '/.well-known/%6fauth',
    ],
  ])('RS-04 the guard stands before the handler, whatever the path: %s', async (path) => {
    const { guard, refusal } = await guarded()
    const request = new Request(`https://mcp.test${path}`)
    expect((await refusal(request)).status).toBe(401)
    expect(guard.metadata(request)).toBeUndefined()
  })

  it('RS-05 every method is guarded', async () => {
    const { refusal } = await guarded()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY']) {
      const headers = { 'x-http-method-override': 'OPTIONS', upgrade: 'websocket' }
      const { status } = await refusal(new Request(RESOURCE, { method, headers }))
      expect(status, method).toBe(401)
    }
  })

  it('RS-07 who is calling comes from the token and from no header', async () => {
    const { guard, issuer, refusal } = await guarded()
    const identity = {
      ...{ 'x-user': 'admin', x_user: 'admin', 'x-forwarded-user': 'admin', connection: 'x-user' },
      ...{ 'x-roles': 'admin', 'x-scope': 'notes:write', 'x-correlation-id': 'forged' },
    }
    expect((await refusal(new Request(RESOURCE, { headers: identity }))).status).toBe(401)
    const authorization = `Bearer ${await issuer.token({ cid: 'c' })}`
    const plain = await guard.check(new Request(RESOURCE, { headers: { authorization } }))
    const dressed = await guard.check(
      new Request(RESOURCE, { headers: { ...identity, authorization } }),
    )
    expect(plain).toMatchObject({ subject: 'alice' })
    expect(dressed).toEqual(plain)
  })

  it('RS-08 insufficient scope names all that is needed, so that one step up is enough', async () => {
    const { issuer, refusal, status } = await guarded()
    const rule = { scopes: ['notes:read', 'notes:write'] }
    const request = requestWith(`Bearer ${await issuer.token()}`)
    const { status: refused, challenge } = await refusal(request, rule)
    expect(refused).toBe(403)
    const scope = /scope="([^"]+)"/.exec(challenge ?? '')?.[1]
    expect(scope).toBe('notes:read notes:write')
    expect(await status(await issuer.token({ scope }), rule)).toBe(200)
  })

  it('RS-08 rules that are asked together name the scopes of all, so that no step up undoes another', async () => {
    const { issuer, refusal, status } = await guarded()
    const rule = all(
      scopes('notes:read'),
      anyScope('files:read', 'files:write'),
      scopes('notes:write'),
    )
    for (const held of ['', 'notes:read', 'notes:write', 'files:write', 'notes:write files:read']) {
      const token = await issuer.token({ scope: held })
      const { status: refused, challenge } = await refusal(requestWith(`Bearer ${token}`), rule)
      expect(refused, held).toBe(403)
      const scope = /scope="([^"]+)"/.exec(challenge ?? '')?.[1]
      expect(await status(await issuer.token({ scope }), rule), scope).toBe(200)
    }
  })

  it('RS-08 what no scope mends is a 403 that starts no step up', async () => {
    const { issuer, refusal } = await guarded()
    const request = requestWith(`Bearer ${await issuer.token()}`)
    for (const rule of [roles('admin'), permission('tool:x'), () => false]) {
      const { status, challenge } = await refusal(request, rule)
      expect(status).toBe(403)
      expect(challenge).not.toMatch(/error|scope/)
    }
  })

  it('RS-09 a token for another resource on the same issuer is refused', async () => {
    const { issuer, refusal } = await guarded()
    const token = await issuer.token({ aud: 'https://mcp.test/other' })
    const { status, challenge } = await refusal(requestWith(`Bearer ${token}`))
    expect(status).toBe(401)
    expect(challenge).toContain('error="invalid_token"')
  })

  it('RS-10 a revocation that cannot be looked up is answered 503, not 200 and not 401', async () => {
    const isRevoked = async () => Promise.reject(new Error('the store is away'))
    const { issuer, status, events } = await guarded({ isRevoked })
    expect(await status(await issuer.token())).toBe(503)
    expect(lastReason(events)).toContain('the store is away')
  })

  it('RS-11 nothing of a request is reflected', async () => {
    const { guard } = await guarded()
    const url = `${RESOURCE}/%3Cscript%3E?q=<script>`
    const headers = {
      authorization: 'Bearer <script>',
      accept: 'text/html',
      'user-agent': '<script>',
    }
    const response = await guard.check(new Request(url, { headers }))
    if (!(response instanceof Response)) throw new Error('let in')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).not.toContain('<script')
    expect(JSON.stringify([...response.headers])).not.toContain('<script')
  })

  it('RS-11 nothing of a caller is reflected by rules either', async () => {
    const { guard, issuer } = await guarded()
    const scope = '<script>'
    const token = await issuer.token({ scope, roles: ['<script>'], sub: '<script>' })
    const rules: readonly Rule[] = [
      scopes('a'),
      roles('a'),
      permission('a'),
      freshness({ acr: 'a' }),
    ]
    for (const rule of rules) {
      const response = await guard.check(requestWith(`Bearer ${token}`), rule)
      if (!(response instanceof Response)) throw new Error('let in')
      const shown = JSON.stringify([...response.headers]) + (await response.text())
      expect(shown).not.toContain('<script')
    }
  })

  it('RS-13 no refusal is kept by a cache', async () => {
    const { guard, issuer } = await guarded({ limits: { client: { perMinute: 1, burst: 1 } } })
    const good = requestWith(`Bearer ${await issuer.token()}`)
    const statuses: number[] = []
    for (const request of [
      requestWith(),
      requestWith('Bearer'),
      requestWith('Bearer x'),
      good,
      good,
    ]) {
      const response = await guard.check(request, roles('admin'))
      if (!(response instanceof Response)) throw new Error('let in')
      expect(response.headers.get('cache-control')).toBe('no-store')
      statuses.push(response.status)
    }
    expect(statuses).toEqual([401, 400, 401, 403, 429])
  })
})

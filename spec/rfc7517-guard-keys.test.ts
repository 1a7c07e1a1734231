/** The forms in which a guard takes keys, with Node's own cryptography and with WebCrypto. */

import { exportSPKI, type JWK, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createGuard, type JwtOptions, jwt } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, goodClaims, ISSUER, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { engines, runsOn } from './support/engines.ts'

/** The status that a guard with these keys answers a token with. */
function guardedBy(options: Omit<JwtOptions, 'issuer'>) {
  const platform = fakePlatform(NOW * 1000)
  const kind = jwt({ issuer: ISSUER, ...options })
  const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
  return {
    platform,
    status: async (token: string) => {
      const outcome = await guard.check(requestWith(`Bearer ${token}`))
      return outcome instanceof Response ? outcome.status : 200
    },
  }
}

const withoutKid = ({ kid: _, ...jwk }: JWK): JWK => jwk

describe.each(engines)('RFC 7517 Keys that a guard is given, with %s', (engine) => {
  runsOn(engine)

  it.each(['RS256', 'PS384', 'ES256', 'ES512', 'Ed25519', 'EdDSA'])(
    'one %s key, as a JWK, in PEM or in a set',
    async (alg) => {
      const signer = await createIssuer('key-1', alg)
      const other = await createIssuer('key-1', alg)
      const { publicJwk: jwk } = signer
      const pem = await exportSPKI(signer.publicKey)
      const sources = [
        ...[{ jwk }, { jwk: withoutKid(jwk) }, { pem }, { pem: `\n${pem.trim()}\r\n` }],
        ...[{ jwks: { keys: [jwk] } }, { jwks: () => ({ keys: [jwk] }) }],
        { jwks: async () => ({ keys: [jwk] }) },
      ]
      for (const keys of sources) {
        const { status } = guardedBy({ keys, algorithms: [alg] })
        expect(await status(await signer.token()), JSON.stringify(keys)).toBe(200)
        expect(await status(await other.token()), JSON.stringify(keys)).toBe(401)
      }
    },
  )

  it('§4.5 the one key without a kid is for every token, one with a kid for those that name it', async () => {
    const signer = await createIssuer()
    const named = guardedBy({ keys: { jwk: signer.publicJwk } })
    const unnamed = guardedBy({ keys: { jwk: withoutKid(signer.publicJwk) } })
    for (const [kid, expected] of [
      ['key-1', 200],
      [undefined, 200],
      ['key-2', 401],
    ] as const) {
      const token = await signer.token({}, { kid })
      expect(await named.status(token)).toBe(expected)
      expect(await unnamed.status(token)).toBe(200)
    }
  })

  it('§4.4 a key that names no algorithm is for the one that is allowed and fits', async () => {
    const signer = await createIssuer('key-1', 'RS256')
    const { alg: _, ...jwk } = signer.publicJwk
    const { status } = guardedBy({ keys: { jwk }, algorithms: ['RS256', 'ES256'] })
    expect(await status(await signer.token())).toBe(200)
    if (engine === 'node:crypto') {
      expect(() => guardedBy({ keys: { jwk }, algorithms: ['RS256', 'PS256'] })).toThrow('keys.jwk')
    }
  })

  it('a secret, as text, as bytes, or got when it is needed', async () => {
    const secret = 'thirty-two bytes of text or more'
    const bytes = new TextEncoder().encode(secret)
    const token = await new SignJWT({ ...goodClaims })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'whatever' })
      .sign(bytes)
    for (const form of [secret, bytes, () => secret, async () => bytes]) {
      expect(await guardedBy({ keys: { secret: form } }).status(token)).toBe(200)
    }
  })

  it('a secret is read again after five minutes, so that it can be replaced', async () => {
    const sign = (secret: string) =>
      new SignJWT({ ...goodClaims, exp: NOW + 9_000 })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode(secret))
    let current = 'the first of them, of forty-odd bytes'
    const read = vi.fn(() => current)
    const { status, platform } = guardedBy({ keys: { secret: read } })
    const [old, replaced] = [await sign(current), await sign(current.replace('first', 'other'))]
    for (let time = 0; time < 3; time++) expect(await status(old)).toBe(200)
    current = current.replace('first', 'other')
    expect(await status(replaced)).toBe(401)
    platform.advance(300_000)
    expect([await status(old), await status(replaced)]).toEqual([401, 200])
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('bytes that are wiped after the guard was made are still the secret', async () => {
    const secret = 'thirty-two bytes of text or more'
    const bytes = new TextEncoder().encode(secret)
    const { status } = guardedBy({ keys: { secret: bytes } })
    const token = await new SignJWT({ ...goodClaims })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(bytes)
    bytes.fill(0)
    expect(await status(token)).toBe(200)
  })
})

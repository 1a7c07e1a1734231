import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { importVerificationKey } from './jwk.ts'
import { type JwtRules, jwtRules, verifyJwt } from './jwt.ts'

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const key = await importVerificationKey(await exportJWK(publicKey), ['ES256'])
if (key === undefined) throw new Error('A fresh key is no key.')

const token = await new SignJWT({ iss: 'i', aud: 'a', sub: 's', jti: 'j', iat: 100, exp: 200 })
  .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
  .sign(privateKey)

/** Rules that the token meets, but for what is changed. */
const rulesOf = (changes: object = {}): JwtRules => ({
  keys: async () => key,
  algorithms: ['ES256'],
  typ: ['at+jwt'],
  issuer: 'i',
  audience: 'a',
  now: () => 100_000,
  tolerance: 0,
  ...changes,
})

describe('verifyJwt', () => {
  it('returns the claims of a good token', async () => {
    expect(await verifyJwt(token, jwtRules(rulesOf()))).toMatchObject({ sub: 's', jti: 'j' })
  })

  it.each([
    ...[` ${token}`, `${token} `, `${token}\n`, `\n${token}`, `${token}\r\n`, `${token}\0`],
    ...[`\ufeff${token}`, `${token}\u200b`, token.replace('.', '\u2024'), token.replace('.', '. ')],
    ...['', '.', '..', '...', `${token}${token}`, token.replaceAll('.', '')],
  ])('refuses the spelling %j', async (spelling) => {
    await expect(verifyJwt(spelling, jwtRules(rulesOf()))).rejects.toMatchObject({
      code: 'invalid_token',
    })
  })

  it('says the same sentence to the caller whatever is wrong, and the reason to the operator', async () => {
    const refusals = await Promise.all(
      [{ issuer: 'x' }, { audience: 'x' }, { now: () => 1e9 }, { keys: async () => undefined }].map(
        async (change) => verifyJwt(token, jwtRules(rulesOf(change))).catch((error) => error),
      ),
    )
    expect(new Set(refusals.map(({ message }) => message)).size).toBe(1)
    expect(new Set(refusals.map(({ detail }) => detail)).size).toBe(4)
  })

  it('asks for no key until everything that needs none is checked', async () => {
    const keys = () => Promise.reject(new Error('asked'))
    for (const change of [{ algorithms: ['RS256'] }, { typ: ['jwt'] }]) {
      const attempt = verifyJwt(token, jwtRules(rulesOf({ keys, ...change })))
      await expect(attempt).rejects.toMatchObject({ code: 'invalid_token' })
    }
  })

  it('lets the key decide the algorithm, whatever the token says', async () => {
    const keys = async () => ({ ...key, alg: 'ES384' })
    const attempt = verifyJwt(token, jwtRules(rulesOf({ keys, algorithms: ['ES256', 'ES384'] })))
    await expect(attempt).rejects.toMatchObject({ detail: 'the key is for ES384' })
  })

  it('lets an outage of the keys through as it is', async () => {
    const outage = new Error('away')
    const attempt = verifyJwt(token, jwtRules(rulesOf({ keys: () => Promise.reject(outage) })))
    await expect(attempt).rejects.toBe(outage)
  })
})

describe('jwtRules', () => {
  it.each([
    ...[{ tolerance: Number.NaN }, { tolerance: -1 }, { tolerance: '1' }, { tolerance: undefined }],
    ...[{ algorithms: [] }, { algorithms: ['none'] }, { algorithms: ['HS256'] }],
    ...[{ issuer: '' }, { audience: '' }, { audience: undefined }, { typ: [] }, { typ: [''] }],
  ])('refuses %j', (change) => {
    expect(() => jwtRules(rulesOf(change))).toThrow('must')
  })

  it('keeps what it has checked', () => {
    const algorithms = ['ES256']
    const rules = jwtRules(rulesOf({ algorithms }))
    algorithms.push('none')
    expect(rules.algorithms).toEqual(['ES256'])
  })
})

/**
 * Access tokens as an issuer makes them (RFC 9068), and its keys in every form that a library asks for.
 * Each process makes its own: nothing that is measured depends on which.
 */

import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://api.example.com/mcp'
export const SCOPE = 'notes:use'
export const KEY_ID = 'the-only-key'

/** Different tokens that are used in turn, so that no step sees the same text twice in a row. */
const TOKENS = 500

/** Longer than the longest run. */
const LIFE = 6 * 3600

const pairs = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

/** @returns `{ sign, publicKey, pem, jwk }`, or `{ sign, secret, jwk }` of a symmetric one. */
function newKey(alg) {
  const named = { kid: KEY_ID, alg, use: 'sig' }
  if (alg === 'HS256') {
    const secret = randomBytes(32)
    const key = createSecretKey(secret)
    return {
      sign: (input) => createHmac('sha256', key).update(input).digest(),
      ...{ secret, secretKey: key, jwk: { ...key.export({ format: 'jwk' }), ...named } },
    }
  }
  const { privateKey, publicKey } = pairs[alg]()
  const hash = alg === 'EdDSA' ? null : 'sha256'
  return {
    sign: (input) => sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    publicKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), ...named },
  }
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * An issuer that signs with one algorithm.
 *
 * @returns Its key, `tokens`, and `forged`, which is one of them in somebody else's name.
 */
export function newIssuer(alg) {
  const key = newKey(alg)
  const header = encode({ alg, typ: 'at+jwt', kid: KEY_ID })
  const now = Math.floor(Date.now() / 1000)
  const claimsOf = (i) => ({
    ...{ iss: ISSUER, sub: `user-${i}`, aud: AUDIENCE, client_id: 'bench-client', scope: SCOPE },
    ...{ iat: now, exp: now + LIFE, jti: randomBytes(16).toString('base64url') },
  })
  const tokens = Array.from({ length: TOKENS }, (_, i) => {
    const input = `${header}.${encode(claimsOf(i))}`
    return `${input}.${key.sign(input).toString('base64url')}`
  })
  const signature = tokens[0].slice(tokens[0].lastIndexOf('.'))
  return { ...key, tokens, forged: `${header}.${encode(claimsOf('somebody-else'))}${signature}` }
}

/**
 * How the key of a group of vectors is loaded as a guard loads it. Each answers what says whether a
 * vector is accepted.
 */

import { createPublicKey } from 'node:crypto'
import { ConfigError, OAuthError } from '../../dist/errors.js'
import { secretKey } from '../../dist/guard/jwt/secret.js'
import { decodeBase64url } from '../../dist/protocol/base64url.js'
import { checkHeader, parseObject, splitJwt, verifyParts } from '../../dist/protocol/jwt.js'
import { keyFor } from '../../dist/protocol/kept-keys.js'
import { keySetReader } from '../../dist/protocol/key-set.js'
import {
  hmacAlgorithms,
  publicKeyAlgorithms,
  signatureAlgorithms,
} from '../../dist/protocol/signatures/algorithms.js'
import { publicKeyVerifier } from '../../dist/protocol/signatures/verifier.js'
import { CURVES, macAlgorithm, pssAlgorithm } from './jose.mjs'

/** By the type of the group. */
export const openers = {
  EcdsaP1363Verify: (group) => withPublicKey(group, CURVES[group.publicKey.curve]),
  EddsaVerify: (group) => withPublicKey(group, 'EdDSA'),
  RsassaPkcs1Verify: (group) => withPublicKey(group, `RS${group.sha.slice(4)}`),
  RsassaPssVerify: (group) => withPublicKey(group, pssAlgorithm(group)),
  MacTest: withSecretOfVector,
  JsonWebSignature: withJwk,
  JsonWebKey: withJwk,
  JsonWebCrypto: withJwk,
}

const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'))
const refusesAll = () => false

async function withPublicKey({ publicKeyPem }, alg) {
  const jwk = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  const verify = await publicKeyVerifier(jwk, signatureAlgorithms.get(alg))
  if (verify === undefined) return refusesAll
  return ({ msg, sig }) => verify(bytesOf(msg), Buffer.from(sig, 'hex').toString('base64url'))
}

function withSecretOfVector(group) {
  const alg = macAlgorithm(group)
  return async ({ key, msg, tag }) => {
    const secret = await secretOrNone(bytesOf(key), alg)
    const signature = Buffer.from(tag, 'hex').toString('base64url')
    return secret === undefined ? false : secret.verify(bytesOf(msg), signature)
  }
}

/** A secret that a guard would not be made with is none. */
async function secretOrNone(bytes, alg) {
  try {
    return await secretKey(bytes, alg)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

/**
 * A JWK, or a set of them, as an issuer would publish it. A single secret is told to the guard instead,
 * as secrets are.
 */
function withJwk({ public: published, private: secret }) {
  const told = published ?? secret
  const keys = told.keys ?? [told]
  const [only] = keys
  if (keys.length === 1 && only.kty === 'oct') return withSecret(only)
  return async ({ jws }) => {
    // The worst that an operator can do: to allow whatever the token asks for.
    const isNamed = keys.every(({ alg }) => alg !== undefined)
    const algorithms = isNamed ? publicKeyAlgorithms : [algorithmIn(jws)]
    const found = await keySetReader({ algorithms, onExposed() {} })({ keys })
    return isAccepted(jws, { algorithms, findKey: (header) => keyFor(header, found) })
  }
}

async function withSecret({ alg, k }) {
  if (!hmacAlgorithms.includes(alg)) return refusesAll
  const key = await secretOrNone(Uint8Array.from(Buffer.from(k, 'base64url')), alg)
  if (key === undefined) return refusesAll
  return ({ jws }) => isAccepted(jws, { algorithms: [alg], findKey: () => key })
}

const algorithmIn = (jws) => JSON.parse(Buffer.from(jws.split('.')[0], 'base64url')).alg

/** What a guard does with a token before it reads what it says. */
async function isAccepted(jws, { algorithms, findKey }) {
  try {
    const parts = splitJwt(typeof jws === 'string' ? jws : JSON.stringify(jws))
    const header = checkHeader(parseObject(parts.header, 'header'), {
      algorithms,
      typ: [undefined],
    })
    await verifyParts(parts, header, findKey)
    return decodeBase64url(parts.payload) !== undefined
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'invalid_token') return false
    throw error
  }
}

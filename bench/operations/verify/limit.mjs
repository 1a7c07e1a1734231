/**
 * The limit of verification: split, decode, parse, verify with `node:crypto`, compare `iss`, `aud` and
 * `exp`. No product: it looks at nothing else, and says nothing about why it refuses.
 *
 * With a cache: a digest of the token, a Map, and `exp` again.
 */

import { createHmac, hash, timingSafeEqual, verify } from 'node:crypto'
import { AUDIENCE, ISSUER, newIssuer } from '../../tokens.mjs'

/** RFC 7518 §3.4 has R and S side by side; on Node 24 OpenSSL is slower with them than with DER. */
function derSignature(signature) {
  const halves = [0, 32].map((from) => {
    let at = from
    while (signature[at] === 0 && at < from + 31) at++
    const half = signature.subarray(at, from + 32)
    return half[0] < 128 ? half : Buffer.concat([Buffer.of(0), half])
  })
  const parts = halves.flatMap((half) => [Buffer.of(2, half.length), half])
  return Buffer.concat([Buffer.of(48, halves[0].length + halves[1].length + 4), ...parts])
}

const verifiers = {
  HS256:
    ({ secretKey }) =>
    (input, signature) =>
      timingSafeEqual(createHmac('sha256', secretKey).update(input).digest(), signature),
  RS256:
    ({ publicKey }) =>
    (input, signature) =>
      verify('sha256', Buffer.from(input), publicKey, signature),
  ES256:
    ({ publicKey }) =>
    (input, signature) =>
      verify('sha256', Buffer.from(input), publicKey, derSignature(signature)),
  EdDSA:
    ({ publicKey }) =>
    (input, signature) =>
      verify(null, Buffer.from(input), publicKey, signature),
}

const parse = (part) => JSON.parse(Buffer.from(part, 'base64url').toString())

/** @returns A function from a token to its claims; `undefined` for one that is not good. */
export function minimum(alg, key) {
  const isSigned = verifiers[alg](key)
  return (token) => {
    const [header, payload, signature] = token.split('.')
    if (parse(header).alg !== alg) return undefined
    if (!isSigned(`${header}.${payload}`, Buffer.from(signature, 'base64url'))) return undefined
    const claims = parse(payload)
    const isGood =
      claims.iss === ISSUER && claims.aud === AUDIENCE && claims.exp > Date.now() / 1000
    return isGood ? claims : undefined
  }
}

function remembering(check) {
  const known = new Map()
  return (token) => {
    const digest = hash('sha256', token, 'base64')
    const found = known.get(digest)
    if (found !== undefined) return found.exp > Date.now() / 1000 ? found : undefined
    const claims = check(token)
    if (claims !== undefined) known.set(digest, claims)
    return claims
  }
}

export function prepare({ alg, cache }) {
  const { tokens, forged, ...key } = newIssuer(alg)
  const check = minimum(alg, key)
  return { operate: cache === 'on' ? remembering(check) : check, inputs: tokens, bad: [forged] }
}

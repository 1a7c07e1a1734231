/**
 * Checking a proof of possession: that whoever sends a request holds the private key that the proof
 * names, and made the proof for this request, lately.
 *
 * Whether the proof was used before is the caller's to find out, last of all, by
 * {@link DpopProof.jkt} and {@link DpopProof.jti}.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4 | RFC 9449 §4}
 * @module
 */

import { calculateJwkThumbprint } from 'jose'
import { ConfigError, OAuthError } from '../errors.ts'
import type { DpopNonces, KnownNonce } from './dpop-nonce.ts'
import { normalizeHtu } from './dpop-uri.ts'
import { importVerificationKey } from './jwk.ts'
import {
  checkAlgorithms,
  checkHeader,
  parseObject,
  splitJwt,
  type VerificationKey,
  verifyParts,
} from './jwt.ts'
import { isNumericDate, isPrintable, quoted } from './jwt-claims.ts'
import { textDigest } from './sha256.ts'
import { publicKeyAlgorithms } from './signatures/algorithms.ts'

/** The key of a proof, and its SHA-256 thumbprint ({@link https://www.rfc-editor.org/rfc/rfc7638 | RFC 7638}). */
export interface ProofKey {
  readonly key: VerificationKey
  readonly jkt: string
}

/** What every proof must satisfy. Made by {@link dpopRules}, which refuses unsafe ones. */
export interface DpopRules {
  /** Asymmetric signature algorithms. */
  readonly algorithms: readonly string[]
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
  /** How old a proof may be, in seconds. */
  readonly maxAge: number
  /** With these, a proof must have one of them, and its time counts instead of the client's clock. */
  readonly nonces?: DpopNonces
  /** The keys of those who came before, by the header of their proofs, which is always the same. */
  readonly known?: {
    get(header: string): ProofKey | undefined
    set(header: string, key: ProofKey): void
  }
}

/** The request that a proof came with. */
export interface ProvenRequest {
  /** The `DPoP` header; several are joined with commas, as `Headers` have it. */
  readonly proof: string | null
  readonly method: string
  /** Its address as {@link normalizeHtu} writes it; nothing if that has no such spelling. */
  readonly htu: string | undefined
  /** At a resource, the access token and the thumbprint that it is bound to. */
  readonly token?: { readonly value: string; readonly jkt: string }
}

/** A proof that is good, unless it was used before. */
export interface DpopProof {
  readonly jkt: string
  readonly jti: string
  /** The earliest it can have been presented, in milliseconds since the epoch. */
  readonly issuedAt: number
  /** From when on its own time refuses it. */
  readonly expiresAt: number
  /** The nonce in it, where nonces are asked for. */
  readonly nonce?: KnownNonce
}

/**
 * Clients make a proof as they send it, so only clocks that disagree need tolerance. Clocks behind
 * are covered by the age.
 */
export const CLOCKS_AHEAD = 10

const digestOf = textDigest()

/** Far more than a 4096-bit RSA key, its signature and a long address. */
const MOST_CHARACTERS = 8_192

/** More than an hour is no “brief period” ({@link https://www.rfc-editor.org/rfc/rfc9449#section-11.1 | §11.1}). */
const MOST_AGE = 3_600

/**
 * Checks the rules themselves, once, when they are made.
 *
 * @throws {ConfigError} if a rule would let through more than it says.
 */
export function dpopRules(rules: DpopRules): DpopRules {
  const { algorithms, maxAge } = rules
  if (!(typeof maxAge === 'number' && maxAge >= 1 && maxAge <= MOST_AGE)) {
    throw new ConfigError('dpop.maxAge', `must be a number of seconds from 1 to ${MOST_AGE}.`)
  }
  checkAlgorithms(algorithms, publicKeyAlgorithms)
  return Object.freeze({ ...rules, algorithms: Object.freeze([...algorithms]) })
}

/**
 * Verifies a proof, all but whether it was used before
 * ({@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 | RFC 9449 §4.3}).
 *
 * @throws {OAuthError} `invalid_dpop_proof`; `use_dpop_nonce` with a nonce in `headers`;
 * `invalid_token` if the token is bound to another key.
 */
export async function verifyDpopProof(
  request: ProvenRequest,
  rules: DpopRules,
): Promise<DpopProof> {
  const proof = onlyProof(request.proof)
  const { header, proofKey, claims } = await verifyProof(proof, rules)
  const { jkt } = proofKey
  const { jti, htm, htu, iat, exp, ath, nonce } = claims
  if (!isPrintable(jti)) return refuseProof('jti is missing or not a plain text')
  if (htm !== request.method) return refuseProof(`htm ${quoted(htm)} instead of ${request.method}`)
  if (typeof htu !== 'string' || !isSameUri(htu, request.htu)) {
    return refuseProof(`htu ${quoted(htu)} instead of ${request.htu}`)
  }
  if (!isNumericDate(iat)) return refuseProof('iat is missing or not a date')
  if (exp !== undefined && !isNumericDate(exp)) return refuseProof('exp is not a date')
  if (request.token !== undefined) {
    const expected = await accessTokenHash(request.token.value)
    if (ath !== expected) return refuseProof('ath is not the hash of the access token')
    if (jkt !== request.token.jkt) return refuseKey(jkt, request.token.jkt)
  }
  if (rules.known?.get(header) === undefined) {
    // A part of a text keeps the whole of it in memory, and that is a proof.
    rules.known?.set(Array.from(header).join(''), proofKey)
  }
  const time =
    rules.nonces === undefined
      ? timeOf({ iat, exp }, rules)
      : await timeOfNonce(nonce, rules.nonces)
  return { jkt, jti, ...time }
}

/**
 * What a proof carries as `ath`: the SHA-256 of the access token.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 | RFC 9449 §4.2}
 */
export async function accessTokenHash(accessToken: string): Promise<string> {
  return digestOf(accessToken)
}

/** §4.3, 1 and 2: one header, and one JWT in it. */
function onlyProof(header: string | null): string {
  if (header === null || header === '') return refuseProof('no DPoP header')
  if (header.includes(',')) return refuseProof('more than one DPoP header')
  if (header.length > MOST_CHARACTERS) return refuseProof(`${header.length} characters long`)
  return header
}

/** §4.3, 3 to 7: the signature, by the key that the header of the proof brings along. */
async function verifyProof(proof: string, rules: DpopRules) {
  try {
    const parts = splitJwt(proof)
    const proofKey = rules.known?.get(parts.header) ?? (await readProofKey(parts.header, rules))
    const { key } = proofKey
    await verifyParts(parts, { alg: key.alg, kid: undefined }, () => key)
    return { header: parts.header, proofKey, claims: parseObject(parts.payload, 'payload') }
  } catch (cause) {
    // What is wrong with the proof says nothing about the token.
    if (!(cause instanceof OAuthError) || cause.code !== 'invalid_token') throw cause
    return refuseProof(cause.detail ?? cause.message, cause)
  }
}

/** The public key in the header of a proof. */
async function readProofKey(header: string, { algorithms }: DpopRules): Promise<ProofKey> {
  const said = parseObject(header, 'header')
  const { alg } = checkHeader(said, { algorithms, typ: ['dpop+jwt'] })
  const { jwk } = said
  const key = await importVerificationKey(jwk, [alg])
  if (key === undefined || typeof jwk !== 'object') {
    return refuseProof(`jwk is no public key that will do for ${alg}`)
  }
  return { key, jkt: await calculateJwkThumbprint({ ...jwk }) }
}

/** §4.3, 11, by the clock of the client, which may ask for less time (`exp`), never for more. */
function timeOf(
  {
    iat,
    exp = Number.POSITIVE_INFINITY,
  }: { readonly iat: number; readonly exp?: number | undefined },
  { now, maxAge }: DpopRules,
) {
  const at = now() / 1000
  if (exp + CLOCKS_AHEAD <= at) return refuseProof(`over at ${exp}, it is ${at}`)
  if (iat > at + CLOCKS_AHEAD) return refuseProof(`made at ${iat}, it is ${at}`)
  if (iat + maxAge <= at) return refuseProof(`made at ${iat}, which is over: it is ${at}`)
  return { issuedAt: (iat - CLOCKS_AHEAD) * 1000, expiresAt: (iat + maxAge) * 1000 }
}

/** §4.3, 10 and 11, by our own clock. */
async function timeOfNonce(sent: unknown, nonces: DpopNonces) {
  const nonce = await nonces.find(sent)
  if (nonce !== undefined) {
    return { issuedAt: nonce.madeAt, expiresAt: nonce.expiresAt, nonce }
  }
  return refuseNonce(
    sent === undefined ? 'no nonce' : 'a nonce that is over, or none of ours',
    nonces,
  )
}

/**
 * Refuses a proof that a new nonce would mend, and gives one.
 *
 * @throws {OAuthError} `use_dpop_nonce`, always.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-9 | RFC 9449 §9}
 */
export async function refuseNonce(detail: string, nonces: DpopNonces): Promise<never> {
  throw new OAuthError('use_dpop_nonce', 'Put the nonce of the DPoP-Nonce header into the proof.', {
    detail,
    headers: { 'dpop-nonce': await nonces.create() },
  })
}

const isSameUri = (sent: string, expected: string | undefined) =>
  expected !== undefined && (sent === expected || normalizeHtu(sent) === expected)

/**
 * Refuses a proof; every reason looks the same from outside.
 *
 * @throws {OAuthError} `invalid_dpop_proof`, always.
 */
export function refuseProof(detail: string, cause?: unknown): never {
  throw new OAuthError(
    'invalid_dpop_proof',
    'The DPoP proof is not valid. Make a new one for each request.',
    { detail: `proof: ${detail}`, cause },
  )
}

function refuseKey(jkt: string, expected: string): never {
  throw new OAuthError('invalid_token', 'The access token is bound to another key.', {
    detail: `bound to ${quoted(expected)}, the proof is by ${jkt}`,
  })
}

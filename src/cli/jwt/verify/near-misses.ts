/**
 * Why a signature does not verify, found by trying what people get wrong.
 *
 * What is found here explains a refusal and never undoes one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-2.1 | RFC 8725 §2.1 (key confusion)}
 * @module
 */

import { decodeBase64url } from '../../../protocol/base64url.ts'
import { type JwtParts, type VerificationKey, verifyParts } from '../../../protocol/jwt.ts'
import { visible } from '../../output.ts'
import type { Members } from '../compact.ts'
import { decodeSecret, type SecretEncoding, secretEncodings } from '../secret-key.ts'
import type { KeySource } from './key-source.ts'
import { asIfFor, withSecret } from './keys.ts'
import { reasonOf } from './verdict.ts'

/** A token whose signature is not accepted. */
export interface Unverified {
  readonly parts: JwtParts
  readonly alg: string
  readonly kid: string | undefined
  readonly source: KeySource
}

type Miss = (token: Unverified) => Promise<string | undefined>

/** What would have made the signature verify; nothing if nobody can tell. */
export async function nearMissOf(token: Unverified): Promise<string | undefined> {
  for (const miss of misses) {
    const found = await miss(token)
    if (found !== undefined) return found
  }
  return undefined
}

async function verifies(
  { parts }: Unverified,
  key: VerificationKey | undefined,
  signature = parts.signature,
): Promise<boolean> {
  if (key === undefined) return false
  const header = { alg: key.alg, kid: undefined }
  return (
    (await reasonOf(() => verifyParts({ ...parts, signature }, header, () => key))) === undefined
  )
}

const nameOf = ({ kid }: Members) =>
  typeof kid === 'string' ? `the key “${visible(kid)}”` : 'a key without kid'

/** The key is there, under another name or for something else. */
const anotherKey: Miss = async (token) => {
  for (const jwk of token.source.keys) {
    if (!(await verifies(token, await asIfFor(jwk, token.alg)))) continue
    const isNamed = jwk.kid !== undefined || token.source.keys.length > 1
    if (isNamed && jwk.kid !== token.kid) {
      const said = token.kid === undefined ? 'no kid' : `kid “${visible(token.kid)}”`
      return `it was signed by ${nameOf(jwk)}, while its header says ${said}`
    }
    return `it was signed by this key, which must not be used for it: ${unfitness(jwk, token.alg)}`
  }
  return undefined
}

/** Why a key that would verify is passed over. */
function unfitness({ use, key_ops, alg }: Members, wanted: string): string {
  if (use !== undefined && use !== 'sig') return `use is ${shown(use)}, not sig`
  if (key_ops !== undefined) return `key_ops is ${shown(key_ops)}, without verify`
  return alg === undefined || alg === wanted
    ? 'it is published with its private half, or twice'
    : `its alg is ${shown(alg)}, not ${wanted}`
}

const shown = (value: unknown) => visible(String(value))

/** The text of a public key was the secret of an HMAC. */
const confusion: Miss = async (token) => {
  const { text } = token.source
  if (text === undefined || !token.alg.startsWith('HS')) return undefined
  for (const secret of [text, text.trim(), `${text.trim()}\n`, text.replaceAll('\n', '\r\n')]) {
    if (await verifies(token, await withSecret(Buffer.from(secret), token.alg))) {
      return 'the text of the public key was taken for a secret: a forgery, which careless verifiers let in (RFC 8725 §2.1)'
    }
  }
  return undefined
}

/** The secret is the right one, and is not used. */
const unusedSecret: Miss = async (token) => {
  const { bytes } = token.source.secret ?? {}
  if (bytes === undefined || !(await verifies(token, await withSecret(bytes, token.alg)))) {
    return undefined
  }
  return 'it verifies with this secret, which must not be used for it'
}

/** The secret was written in another way than it was read. */
const encoding: Miss = async (token) => {
  const { written, encoding: own } = token.source.secret ?? {}
  if (written === undefined) return undefined
  for (const [bytes, words] of otherReadings(written, own)) {
    if (bytes === undefined) continue
    if (await verifies(token, await withSecret(bytes, token.alg))) return words
  }
  return undefined
}

type Reading = readonly [bytes: Uint8Array | undefined, words: string]

const otherReadings = (written: string, own: string | undefined): readonly Reading[] => [
  ...secretEncodings
    .filter((each) => each !== own)
    .map((each): Reading => [decodeSecret(written.trim(), each), decodedWords(each)]),
  [
    Buffer.from(written),
    'it verifies with the line break at the end of the secret, which whoever signed did not remove',
  ],
  [Buffer.from(written.trim()), 'it verifies without the spaces around the secret'],
]

const decodedWords = (each: SecretEncoding) =>
  each === 'text'
    ? 'it verifies with the secret as the text that it is, not decoded: --secret-encoding text'
    : `it verifies with the secret decoded from ${each} (--secret-encoding ${each}): one side takes the text for the bytes`

/** ECDSA as OpenSSL and Java write it ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 | RFC 7518 §3.4} has R and S side by side). */
const der: Miss = async (token) => {
  const bytes = { ES256: 32, ES384: 48, ES512: 66 }[token.alg]
  const signature = decodeBase64url(token.parts.signature)
  if (bytes === undefined || signature?.[0] !== 0x30) return undefined
  const halves = integersOf(signature).map((each) => sized(each, bytes))
  const [r, s] = halves
  if (r === undefined || s === undefined || halves.length !== 2) return undefined
  const side = Buffer.from([...r, ...s]).toString('base64url')
  for (const jwk of token.source.keys) {
    if (await verifies(token, await asIfFor(jwk, token.alg), side)) {
      return 'it is good but in DER, and JOSE wants R and S side by side (RFC 7518 §3.4)'
    }
  }
  return undefined
}

/** The integers of a short DER sequence, or too few of them. */
function integersOf(bytes: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  let at = (bytes[1] ?? 0) > 0x80 ? 3 : 2
  while (bytes[at] === 0x02 && found.length < 3) {
    const length = bytes[at + 1] ?? 0
    found.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return found
}

/** A number in as many bytes as asked for; nothing if it is larger. */
function sized(number: Uint8Array, bytes: number): readonly number[] | undefined {
  const first = number.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? [] : [...number.subarray(first)]
  return digits.length > bytes ? undefined : [...Array(bytes - digits.length).fill(0), ...digits]
}

/** What somebody did on purpose, whichever algorithm is expected. */
export const forgeryOf = confusion

/** The likeliest first. */
const misses: readonly Miss[] = [anotherKey, unusedSecret, encoding, confusion, der]

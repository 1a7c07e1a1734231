/**
 * What a token is verified with: published keys, a key in a file, or a secret.
 *
 * @module
 */

import { createPublicKey } from 'node:crypto'
import { ConfigError } from '../../../errors.ts'
import { decodeBase64url } from '../../../protocol/base64url.ts'
import { parseJson } from '../../../protocol/json.ts'
import { isObject } from '../../../protocol/json-rpc.ts'
import type { OutwardFetch } from '../../../protocol/outward-fetch.ts'
import type { Members } from '../compact.ts'
import { readInput } from '../secret-input.ts'
import { readSecret, type SecretEncoding, type SecretOptions } from '../secret-key.ts'
import { discoverKeys, fetchKeys, keysOf } from './published-keys.ts'

/** How a command is told what to verify with. */
export interface KeySourceOptions extends SecretOptions {
  readonly jwks?: string
  readonly issuer?: string
  readonly pem?: string
  readonly jwk?: string
}

/** A secret, as a key and as the text that it was given as. */
export interface SecretKey {
  readonly bytes: Uint8Array
  /** Nothing if it came as a JWK. */
  readonly written?: string
  readonly encoding?: SecretEncoding
  readonly alg?: unknown
  readonly kid?: unknown
}

/** What a token is verified with. */
export interface KeySource {
  /** Where it came from, as people are told. */
  readonly from: string
  /** Public keys as they were found, also those that must not be used. */
  readonly keys: readonly Members[]
  readonly secret?: SecretKey
  /** The text of a file with a public key, which some verifiers have taken for a secret. */
  readonly text?: string
}

/**
 * Gets what the options name.
 *
 * @throws {ConfigError} unless they name one thing.
 * @throws {Unreachable} if the keys cannot be fetched.
 */
export async function readKeySource(
  options: KeySourceOptions,
  fetch: OutwardFetch,
): Promise<KeySource> {
  const { jwks, pem, jwk, secretEnv, secretFile, issuer } = options
  const named = [jwks, pem, jwk, secretEnv, secretFile].filter((each) => each !== undefined)
  if (named.length > 1) throw mistake('more than one thing to verify with is named.')
  const secret = await readSecret(options)
  if (secret !== undefined) return { from: secret.option, keys: [], secret }
  if (pem !== undefined) return fromPem(pem, await readInput(pem, '--pem'))
  if (jwk !== undefined) return fromJwk(jwk, await readInput(jwk, '--jwk'))
  if (jwks === undefined && issuer === undefined) throw mistake('nothing to verify with is named.')
  const { url, keys } =
    jwks === undefined ? await discoverKeys(issuer ?? '', fetch) : await fetchKeys(jwks, fetch)
  return { from: url, keys }
}

const mistake = (problem: string) =>
  new ConfigError(
    'jwt verify',
    problem,
    'Name one: --jwks URL, --issuer URL, --pem FILE, --jwk FILE, --secret-env NAME or --secret-file FILE.',
  )

/** A public key, or a private one, of which the public half is taken. */
function fromPem(file: string, text: string): KeySource {
  if (text.includes('-----BEGIN CERTIFICATE')) {
    throw new ConfigError(
      '--pem',
      `${file} is a certificate, whose end and issuer nobody would check.`,
      'Take the key out of it: openssl x509 -pubkey -noout',
    )
  }
  try {
    return { from: file, keys: [{ ...createPublicKey(text).export({ format: 'jwk' }) }], text }
  } catch {
    throw new ConfigError('--pem', `${file} holds no public key in PEM.`, 'For a JWK: --jwk')
  }
}

function fromJwk(file: string, text: string): KeySource {
  const refusal = () =>
    new ConfigError('--jwk', `${file} holds no JWK and no JWK Set.`, 'For PEM: --pem')
  const found = jsonOf(text)
  if (!isObject(found)) throw refusal()
  if (found.kty === undefined) {
    return { from: file, keys: keysOf(found, refusal).map(publicMembers), text }
  }
  if (found.kty !== 'oct') return { from: file, keys: [publicMembers(found)], text }
  const bytes = typeof found.k === 'string' ? decodeBase64url(found.k) : undefined
  if (bytes === undefined) throw refusal()
  return { from: file, keys: [], secret: { bytes, alg: found.alg, kid: found.kid } }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** One's own private key can verify too: its public half does. A published one is left as it is. */
const publicMembers = (jwk: Members): Members =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => PUBLIC_MEMBERS.has(name)))

const PUBLIC_MEMBERS = new Set([
  ...['kty', 'crv', 'x', 'y', 'n', 'e'],
  ...['kid', 'alg', 'use', 'key_ops'],
])

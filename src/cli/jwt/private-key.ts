/**
 * Reading the key that a token is signed with.
 *
 * @module
 */

import { createPrivateKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { tell } from '../output.ts'
import { hmacBytes, kindOf } from './key-kinds.ts'
import { readInput } from './secret-input.ts'
import { readSecret, type SecretOptions } from './secret-key.ts'

/** A key that can sign, with what it says of itself. */
export interface PrivateKey {
  readonly key: KeyObject
  readonly alg: string
  readonly kid?: string
}

/** How a command is told where the key is, and which. */
export interface PrivateKeyOptions extends SecretOptions {
  readonly key?: string
  readonly alg?: string
  readonly kid?: string
}

/**
 * The key that the options name.
 *
 * @throws {ConfigError} if there is none, or it cannot sign as it is asked to.
 */
export async function readPrivateKey(options: PrivateKeyOptions): Promise<PrivateKey> {
  const secret = await readSecret(options)
  if ((secret === undefined) === (options.key === undefined)) {
    throw new ConfigError(
      'jwt sign',
      'needs one key.',
      'Name it with --key FILE, --secret-env NAME or --secret-file FILE. “warder jwt keygen” makes one.',
    )
  }
  if (secret !== undefined) {
    return fitted({ key: createSecretKey(secret.bytes) }, options, secret.option)
  }
  const file = options.key ?? '-'
  warnOfReaders(file)
  return fitted(parseKey(await readInput(file, '--key'), options.kid), options, '--key')
}

/** A key that everybody can read is nobody's. */
function warnOfReaders(file: string): void {
  const mode = file === '-' || process.platform === 'win32' ? 0 : modeOf(file)
  if ((mode & 0o077) !== 0) {
    tell(`warning ${file} can be read by others. Keep it to yourself: chmod 600`)
  }
}

/** Whether there is a file is for the reading to say. */
const modeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.mode ?? 0

/** A key as it is in a file. */
interface Parsed {
  readonly key: KeyObject
  readonly alg?: unknown
  readonly kid?: unknown
}

function parseKey(text: string, kid: string | undefined): Parsed {
  try {
    if (!text.trimStart().startsWith('{')) return { key: createPrivateKey(text) }
    const jwk = chooseJwk(JSON.parse(text), kid)
    return { key: keyOfJwk(jwk), alg: jwk.alg, kid: jwk.kid }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    // The cause may quote what it could not read.
    throw new ConfigError(
      '--key',
      'is no private key.',
      'It takes a JWK, a JWK Set with --kid, or PEM without a passphrase.',
    )
  }
}

function keyOfJwk(jwk: JsonWebKey): KeyObject {
  if (jwk.kty === 'oct' && typeof jwk.k === 'string') {
    return createSecretKey(Buffer.from(jwk.k, 'base64url'))
  }
  if (jwk.d === undefined) {
    throw new ConfigError('--key', 'is a public key.', 'Only the private one can sign.')
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

/** The key of a set that is meant, or the only one. */
function chooseJwk(parsed: JsonWebKey, kid: string | undefined): JsonWebKey {
  if (!Array.isArray(parsed.keys)) return parsed
  const keys: readonly JsonWebKey[] = parsed.keys
  const meant = kid === undefined ? keys : keys.filter((jwk) => jwk.kid === kid)
  const [first, ...others] = meant
  if (first !== undefined && others.length === 0) return first
  throw new ConfigError(
    '--key',
    `holds ${meant.length} keys that may be meant.`,
    'Say which: --kid',
  )
}

/** The algorithm it signs with: the one asked for, its own, or the most usual of its kind. */
function fitted({ key, alg, kid }: Parsed, asked: PrivateKeyOptions, option: string): PrivateKey {
  const { name, algorithms } = kindOf(key)
  const own = typeof alg === 'string' ? alg : algorithms[0]
  const chosen = asked.alg ?? own
  if (chosen === undefined || !algorithms.includes(chosen)) {
    const fit = algorithms.length === 0 ? 'signs no tokens' : `is for ${algorithms.join(', ')}`
    throw new ConfigError(
      '--alg',
      `${chosen ?? 'nothing'} does not fit: ${option} (${name}) ${fit}.`,
    )
  }
  if (key.symmetricKeySize !== undefined && key.symmetricKeySize < (hmacBytes.get(chosen) ?? 0)) {
    throw new ConfigError(
      option,
      `is too short: ${chosen} needs ${hmacBytes.get(chosen)} bytes, this has ${key.symmetricKeySize}.`,
      'A short one can be guessed from a single token. Make one: warder jwt keygen --alg HS256 --out FILE',
    )
  }
  const id = asked.kid ?? (typeof kid === 'string' ? kid : undefined)
  return { key, alg: chosen, ...(id === undefined ? {} : { kid: id }) }
}

/**
 * A secret that tokens are signed with (HMAC), as people keep it: a text, or bytes written as one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.2 | RFC 7518 §3.2}
 * @module
 */

import { type Command, Option } from 'commander'
import { ConfigError } from '../../errors.ts'
import { readInput, readVariable } from './secret-input.ts'

/** How the bytes of a secret are written. */
export const secretEncodings = ['text', 'base64', 'base64url', 'hex'] as const

/** One of {@link secretEncodings}. */
export type SecretEncoding = (typeof secretEncodings)[number]

/** How a command is told where the secret is. */
export interface SecretOptions {
  readonly secretEnv?: string
  readonly secretFile?: string
  readonly secretEncoding?: SecretEncoding
}

/** Adds the ways in which a secret may come. */
export function withSecretOptions(command: Command): Command {
  return command
    .option('--secret-env <name>', 'the environment variable that a secret for HMAC is in')
    .option('--secret-file <file>', 'the file that it is in, - for standard input')
    .addOption(
      new Option('--secret-encoding <encoding>', 'how the secret is written')
        .choices(secretEncodings)
        .default('text'),
    )
}

/** A secret, and how it was written. */
export interface GivenSecret {
  readonly bytes: Uint8Array
  /** As it was found, with the line break that a file ends in. */
  readonly written: string
  readonly encoding: SecretEncoding
  /** The option that named it. */
  readonly option: string
}

/** The secret that the options name; nothing if they name none. */
export async function readSecret(options: SecretOptions): Promise<GivenSecret | undefined> {
  const { secretEnv, secretFile, secretEncoding: encoding = 'text' } = options
  if (secretEnv === undefined && secretFile === undefined) return undefined
  if (secretEnv !== undefined && secretFile !== undefined) {
    throw new ConfigError('--secret-env, --secret-file', 'name two secrets.', 'Name one.')
  }
  const option = secretEnv === undefined ? '--secret-file' : '--secret-env'
  const written =
    secretEnv === undefined
      ? await readInput(secretFile ?? '-', option)
      : readVariable(secretEnv, option)
  return { bytes: secretBytes(written, encoding, option), written, encoding, option }
}

/** The line break at the end belongs to the file, not to the secret. */
const withoutLineBreak = (text: string) => text.replace(/\r?\n$/, '')

function secretBytes(written: string, encoding: SecretEncoding, option: string): Uint8Array {
  const text = withoutLineBreak(written)
  if (/^\s*(?:-----BEGIN |\{)/.test(text)) {
    throw new ConfigError(
      option,
      'holds a key, not a secret.',
      'A public key that is taken for a secret lets anybody sign.',
    )
  }
  const bytes = decodeSecret(text, encoding)
  if (bytes !== undefined) return bytes
  throw new ConfigError(option, `is not written in ${encoding}.`, 'See --secret-encoding.')
}

/** The bytes that a text means in an encoding; nothing if it means none. */
export function decodeSecret(text: string, encoding: SecretEncoding): Uint8Array | undefined {
  const bytes = Buffer.from(text, encoding === 'text' ? 'utf8' : encoding)
  if (encoding === 'text') return bytes
  // Node stops at what it cannot read, or reads another alphabet without a word.
  const again = bytes.toString(encoding).replace(/=+$/, '')
  const given = encoding === 'hex' ? text.toLowerCase() : text.replace(/=+$/, '')
  return bytes.length > 0 && again === given ? bytes : undefined
}

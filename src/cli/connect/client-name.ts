/**
 * Which client asks: its name, and where its secret is.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ConfigError } from '../../errors.ts'
import { Secret } from '../../vault/secret.ts'
import { readVariable } from '../jwt/secret-input.ts'

/** As commander gives them. */
export interface ClientNameFlags {
  readonly clientId?: string
  readonly clientSecretEnv?: string
  readonly clientSecretFile?: string
}

/** Adds the options. */
export const withClientNameFlags = (command: Command): Command =>
  command
    .option('--client-id <id>', 'the client, if the server knows it by a name or an address')
    .option('--client-secret-env <name>', 'the environment variable that its secret is in')
    .option('--client-secret-file <file>', 'the file that its secret is in')

/** The secret, from where the options say it is. @throws {ConfigError} if it is not there. */
export function clientSecretOf({
  clientSecretEnv,
  clientSecretFile,
}: ClientNameFlags): Secret<string> | undefined {
  if (clientSecretEnv !== undefined) {
    return new Secret(readVariable(clientSecretEnv, '--client-secret-env'))
  }
  if (clientSecretFile === undefined) return undefined
  return new Secret(readFile(clientSecretFile, '--client-secret-file').trim())
}

/** @throws {ConfigError} for a secret that may be anybody's. */
export function checkClientName(
  clientId: string | undefined,
  secret: Secret<string> | undefined,
): void {
  if (secret === undefined || clientId !== undefined) return
  throw new ConfigError('--client-id', 'is missing.', 'A secret is for one client: name it.')
}

/** What is in a file that an option names. @throws {ConfigError} */
export function readFile(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(option, `${file} cannot be read.`, undefined, { cause })
  }
}

/**
 * What settings refer to.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import { ConfigError } from '../errors.ts'
import type { SecretReference } from '../settings.ts'

/** What references are followed with. */
export interface ReferenceSource {
  readEnv(name: string): string | undefined
}

/**
 * A value, or what its reference refers to.
 *
 * @param path - Where the setting is.
 * @throws {ConfigError} if an environment variable is not set. It never repeats a value.
 */
export async function readReference(
  value: string | SecretReference,
  path: string,
  { readEnv }: ReferenceSource,
): Promise<string> {
  if (typeof value === 'string') return value
  if ('file' in value) return (await readFile(value.file, 'utf8')).trim()
  const found = readEnv(value.env)
  if (found !== undefined && found !== '') return found
  throw new ConfigError(path, `the environment variable ${value.env} is not set.`)
}

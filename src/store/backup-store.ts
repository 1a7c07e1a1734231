/**
 * Copies of stores.
 *
 * @module
 */

import { WarderError } from '../errors.ts'
import { type StoreOptions, schemeOf } from './open-store.ts'

/**
 * Copies a store into a file while it is in use.
 *
 * @returns How large the copy is, in bytes.
 * @throws {ConfigError} if there is no such store.
 * @throws {WarderError} `no_backup` if it is not for Warder to copy; says what is. `file_exists` if
 * there is such a file.
 * @throws {StoreUnavailable} if it cannot be read.
 */
export async function backUpStore(
  url: string,
  file: string,
  options: StoreOptions = {},
): Promise<number> {
  const { scheme, location } = schemeOf(url)
  if (scheme.backUp !== undefined) return scheme.backUp(location, file, options)
  throw new WarderError(
    'no_backup',
    'A store in memory cannot be copied: it ends with its process.',
  )
}

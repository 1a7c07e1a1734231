/**
 * Options that are numbers within bounds.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

/**
 * Checks an option; what is no number at all is out of any bounds.
 *
 * @throws {ConfigError} naming it.
 */
export function checkNumber(
  path: string,
  value: unknown,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw new ConfigError(path, `must be a number from ${least} to ${most}.`)
}

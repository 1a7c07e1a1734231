/**
 * Values of options, from the text that somebody typed.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

/** Collects what is repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  value,
]

/** Seconds, as milliseconds. @throws {ConfigError} */
export function milliseconds(seconds: string | undefined, option: string): number | undefined {
  if (seconds === undefined) return undefined
  const value = Number(seconds)
  if (value > 0 && value <= 86_400) return value * 1000
  throw new ConfigError(option, 'must be a number of seconds.', 'A day, 86400, at most.')
}

/** A port. @throws {ConfigError} */
export function portOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port
  throw new ConfigError(option, 'must be a number from 1 to 65535.')
}

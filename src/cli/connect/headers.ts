/**
 * Headers that a user adds: `Name: value`, with what is secret in the environment or in a file.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/
/** What every client of HTTP sends as it is. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** What this program says itself. */
const OWN =
  /^(?:host|content-length|content-type|accept|connection|transfer-encoding|last-event-id|mcp-.*)$/i

/** What others on the machine must not read in the list of processes. */
const SECRET = /^(?:proxy-)?authorization$|^cookie$|key|token|secret|password/i

/** Headers, and what is to be said about them. */
export interface GivenHeaders {
  readonly headers: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

/**
 * Reads headers from options and from a file.
 *
 * @throws {ConfigError} for what is no header, or names a variable that is not set.
 */
export function givenHeaders(
  lines: readonly string[],
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): GivenHeaders {
  const warnings: string[] = []
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [name, text] = split(line, '--header')
    if (SECRET.test(name) && !text.includes('${')) {
      warnings.push(
        `Others on this machine can read the value of ${name} while this runs. Write --header '${name}:\${NAME}' and put it into the environment, or use --header-file.`,
      )
    }
    headers[name] = checked(name, expanded(text, env, '--header'), '--header')
  }
  if (file !== undefined) {
    for (const line of linesOf(file)) {
      const [name, text] = split(line, '--header-file')
      headers[name] = checked(name, expanded(text, env, '--header-file'), '--header-file')
    }
  }
  return { headers, warnings }
}

/** Text with the values of the variables that it names as `${NAME}`. */
export function expanded(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  option: string,
): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
    const value = env[name]
    if (value !== undefined) return value
    throw new ConfigError(option, `names ${name}, which the environment does not have.`)
  })
}

function split(line: string, option: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon)).trim()
  if (!NAME.test(name)) throw new ConfigError(option, 'must be written as Name:value.')
  if (OWN.test(name)) throw new ConfigError(option, `cannot set ${name}, which HTTP or MCP needs.`)
  return [name, line.slice(colon + 1).trim()]
}

function checked(name: string, value: string, option: string): string {
  if (VALUE.test(value)) return value
  throw new ConfigError(option, `has a value of ${name} that no header can have.`)
}

function linesOf(file: string): readonly string[] {
  try {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/)
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  } catch (cause) {
    throw new ConfigError('--header-file', `${file} cannot be read.`, undefined, { cause })
  }
}

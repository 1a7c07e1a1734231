/**
 * The claims of a new token: from options, from JSON, and from what every token should have.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { type Platform, randomToken } from '../../platform.ts'
import { parseJson } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { parseDuration } from '../moment.ts'
import { readInput } from './secret-input.ts'

/** How a command is told what a token says. */
export interface ClaimOptions {
  readonly issuer?: string
  readonly subject?: string
  readonly audience: readonly string[]
  readonly claim: readonly string[]
  readonly omit: readonly string[]
  /** A file with a JSON object. */
  readonly claims?: string
  readonly expiresIn?: string
}

type Claims = Readonly<Record<string, unknown>>
type Entry = readonly [name: string, value: unknown]

const LIFE = '15m'

/** Puts the claims together. What is said more closely wins: an option over JSON, JSON over a default. */
export async function claimsOf(options: ClaimOptions, platform: Platform): Promise<Claims> {
  const { claims: file, expiresIn, omit } = options
  const now = Math.floor(platform.now() / 1000)
  const lasting = (text: string) => ({ exp: now + parseDuration(text, '--expires-in') })
  const defaults = { iat: now, ...lasting(LIFE), jti: randomToken(platform, 12) }
  const named = fromOptions(options)
  const said = unlike([
    ...Object.entries(named),
    ...(expiresIn === undefined ? [] : Object.entries(lasting(expiresIn))),
    ...options.claim.map(parseClaim),
  ])
  const template = file === undefined ? {} : await readClaims(file)
  const members = new Map<string, unknown>(Object.entries({ ...named, ...defaults, ...template }))
  for (const [name, value] of said) members.set(name, value)
  for (const name of omit) members.delete(name)
  return Object.fromEntries(members)
}

function fromOptions({ issuer, subject, audience }: ClaimOptions): Claims {
  return {
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(subject === undefined ? {} : { sub: subject }),
    ...(audience.length === 0 ? {} : { aud: audience.length === 1 ? audience[0] : audience }),
  }
}

/** `name=text`, or `name:=JSON`. */
function parseClaim(text: string): Entry {
  const equals = text.indexOf('=')
  const isJson = text[equals - 1] === ':'
  const name = text.slice(0, isJson ? equals - 1 : equals)
  if (equals < 1 || name === '') {
    throw new ConfigError('--claim', 'is no claim.', 'Write name=text, or name:=JSON.')
  }
  const value = text.slice(equals + 1)
  if (!isJson) return [name, value]
  try {
    return [name, parseJson(value)]
  } catch {
    throw new ConfigError('--claim', `${name} is not JSON.`, `Write text as in ${name}=text.`)
  }
}

/** @throws {ConfigError} if one is named twice: nobody could tell which was meant. */
function unlike(entries: readonly Entry[]): readonly Entry[] {
  const names = new Set<string>()
  for (const [name] of entries) {
    if (names.has(name)) throw new ConfigError('--claim', `${name} is named twice.`)
    names.add(name)
  }
  return entries
}

async function readClaims(file: string): Promise<Claims> {
  let value: unknown
  try {
    value = parseJson(await readInput(file, '--claims'))
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('--claims', 'is not JSON, or names a member twice.')
  }
  if (isObject(value)) return { ...value }
  throw new ConfigError('--claims', 'must hold a JSON object.')
}

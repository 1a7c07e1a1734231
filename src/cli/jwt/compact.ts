/**
 * A token taken apart to be looked at, by a reader that forgives and tells.
 *
 * Nothing here verifies anything. What a verifier would refuse is read all the same where it can be,
 * and named in `oddities`.
 *
 * Left out on purpose: the JSON serializations, SD-JWT, and decryption.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-3.1 | RFC 7515 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7516#section-3.1 | RFC 7516 §3.1}
 * @module
 */

import { WarderError } from '../../errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'

/** The members of a header or a payload, as whoever wrote the token wrote them. */
export type Members = Readonly<Record<string, unknown>>

/** What strict readers refuse, and this one reads. */
export type Oddity =
  | 'spelling'
  | 'ambiguous-json'
  | 'no-signature-part'
  | 'whitespace-inside'
  | 'not-claims'

/** A token in its parts. */
export interface Inspected {
  readonly kind: 'signed' | 'encrypted'
  /** What was read, without what stood around it. */
  readonly text: string
  readonly header: Members
  /** Nothing if it is encrypted, or no JSON object. */
  readonly claims: Members | undefined
  /** In bytes. */
  readonly sizes: { readonly header: number; readonly payload: number; readonly signature: number }
  readonly oddities: ReadonlySet<Oddity>
}

/**
 * Takes a token apart.
 *
 * @throws {WarderError} `no_token` if there is nothing to be read, saying what it looks like instead.
 */
export function inspect(given: string): Inspected {
  const oddities = new Set<Oddity>()
  const text = given.replace(/\s+/g, '')
  if (text !== given) oddities.add('whitespace-inside')
  const parts = text.split('.', 6)
  if (parts.length === 2) oddities.add('no-signature-part')
  if (![2, 3, 5].includes(parts.length)) throw noToken(`it has ${countOf(parts)}`)
  for (const part of parts) if (!isCanonical(part)) oddities.add('spelling')
  const kind = parts.length === 5 ? 'encrypted' : 'signed'
  const [first = '', second = '', third = ''] = parts
  const header = objectOf(first, oddities)
  if (header === undefined) throw noToken('its first part is no JSON object in base64url')
  const claims = kind === 'signed' ? objectOf(second, oddities) : undefined
  if (kind === 'signed' && claims === undefined) oddities.add('not-claims')
  const payload = kind === 'signed' ? second : (parts[3] ?? '')
  const signature = kind === 'signed' ? third : (parts[4] ?? '')
  return {
    ...{ kind, text, header, claims, oddities },
    sizes: { header: sizeOf(first), payload: sizeOf(payload), signature: sizeOf(signature) },
  }
}

const countOf = ({ length }: readonly string[]) => {
  if (length === 1) return 'no dots in it'
  return length > 5 ? 'more than five parts' : `${length} parts`
}

const noToken = (why: string) =>
  new WarderError(
    'no_token',
    `This is not a JWT: ${why}. A signed one has three parts with dots between them, an encrypted one five.`,
  )

const bytesOf = (part: string) => Buffer.from(part, 'base64url')

const sizeOf = (part: string) => bytesOf(part).length

/** One spelling per text: no padding, no other alphabet, nothing in the bits left over. */
const isCanonical = (part: string) => bytesOf(part).toString('base64url') === part

function objectOf(part: string, oddities: Set<Oddity>): Members | undefined {
  // Node passes over what is no base64 at all.
  if (/[^\w+/=-]/.test(part)) return undefined
  const value = jsonOf(bytesOf(part), oddities)
  return isObject(value) ? value : undefined
}

function jsonOf(bytes: Uint8Array, oddities: Set<Oddity>): unknown {
  const text = textOf(bytes)
  if (text === undefined) return undefined
  try {
    return parseJson(text)
  } catch {
    const value = parsed(text)
    if (value === undefined || isDeep(value)) return undefined
    oddities.add('ambiguous-json')
    return value
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As deep as the strict parser goes; what prints values would run out of stack. */
const DEEPEST = 64

function isDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    )
  }
  return false
}

/**
 * JSON-RPC messages as lines: "delimited by newlines, and MUST NOT contain embedded newlines".
 *
 * Batches are left out on purpose: no revision that is spoken over stdio here has them.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio | MCP stdio transport}
 * @module
 */

import { parseJson } from './json.ts'
import { isObject, type JsonObject } from './json-rpc.ts'
import type { Piece } from './line-framing.ts'

/** What a line turned out to be. A blank line is nothing at all. */
export type Framed =
  | { readonly kind: 'message'; readonly message: JsonObject }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'blank' }

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads a piece of a child's output. A reason to drop it never quotes it: it may hold a user's data. */
export function readMessage(piece: Piece): Framed {
  if (piece.kind === 'too_long') return drop(piece.length, 'is too long')
  const { length } = piece.bytes
  const text = decode(piece.bytes)
  if (text === undefined) return drop(length, 'is not UTF-8')
  // JSON takes the carriage return of a CRLF for white space, so nothing need be cut off.
  if (text.trim() === '') return { kind: 'blank' }
  try {
    const message = parseJson(text)
    return isObject(message) ? { kind: 'message', message } : drop(length, 'is not a JSON object')
  } catch (error) {
    if (error instanceof SyntaxError) return drop(length, `cannot be read: ${error.message}`)
    throw error
  }
}

/** What some runtimes' line readers take for the end of a line, though JSON lets it stand in a string. */
const OTHER_LINE_ENDS = /[\u0085\u2028\u2029]/g

/**
 * The line that carries a message. No reader can see two lines in it, whatever it splits at.
 *
 * @throws {TypeError} if the message cannot be written as JSON.
 */
export function writeMessage(message: object): string {
  const json: string | undefined = JSON.stringify(message)
  if (json === undefined) throw new TypeError('A function is not a message.')
  return lineOf(json)
}

/** The line that carries JSON as it was written, down to the last digit of its numbers. */
export const lineOf = (json: string): string =>
  // A break may stand between two tokens only, where a space is as good; the others in strings only.
  `${json.replace(/[\r\n]/g, ' ').replace(OTHER_LINE_ENDS, escaped)}\n`

const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`

function drop(length: number, problem: string): Framed {
  return { kind: 'drop', reason: `a line of ${length} bytes ${problem}` }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/**
 * Base64url in its one spelling: no padding, and the bits left over are zero. What has several spellings
 * can be told apart from itself, and a token that can would escape whoever counts tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-2 | RFC 7515 §2}
 * @module
 */

import { base64url } from 'jose'

/** What the last character can be, by how many stand in its group of four. */
const LAST = [/[\w-]/, undefined, /[AQgw]/, /[AEIMQUYcgkosw048]/]

const CANONICAL = /^(?:[\w-]{4})*(?:[\w-]{4}|[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])$/

/** The bytes of a text; nothing if it is empty or not how they are written. */
export type DecodeBase64url = (text: string) => Uint8Array<ArrayBuffer> | undefined

/** On every platform. */
export const decodePortably: DecodeBase64url = (text) =>
  CANONICAL.test(text) ? Uint8Array.from(base64url.decode(text)) : undefined

/**
 * With a `Buffer`, at a quarter of the time. It passes over what is not Base64, so that the length tells;
 * takes other characters for the ASCII that their last eight bits are; and reads both alphabets.
 */
export const decodeWithBuffer: DecodeBase64url = (text) => {
  const bytes = Buffer.from(text, 'base64url')
  const { length } = text
  const isWhole = bytes.length === Math.floor((length * 3) / 4) && length > 0
  if (!isWhole || Buffer.byteLength(text) !== length) return undefined
  if (text.includes('+') || text.includes('/')) return undefined
  return LAST[length % 4]?.test(text.slice(-1)) === true ? bytes : undefined
}

/** The cheapest way of this platform. */
export const decodeBase64url: DecodeBase64url =
  globalThis.Buffer === undefined ? decodePortably : decodeWithBuffer

/**
 * The checksum at the end of an API key: typos, cut-off keys and what only looks like one are told
 * from keys without asking anybody. It is no protection: whoever reads this page can make one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc1952#section-8 | RFC 1952 §8} (CRC-32)
 * @module
 */

/** Characters of a checksum: 32 bits in base 62. */
export const CHECKSUM_CHARS = 6

/** In the order of their values. */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What each byte does to the remainder, by the reversed polynomial. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  }
  return remainder
})

/** The checksum of a text of ASCII, in {@link CHECKSUM_CHARS} characters. */
export function checksum(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0)
  }
  let rest = (crc ^ 0xffffffff) >>> 0
  let digits = ''
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/**
 * ECDSA signatures from the form that JOSE has, R and S side by side, into DER.
 *
 * `node:crypto` reads the first form too (`dsaEncoding: 'ieee-p1363'`), but on Node 24 that takes half as
 * long again as the verification.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 | RFC 7518 §3.4}
 * @module
 */

const SEQUENCE = 0x30
const INTEGER = 0x02

/** From here on, a length is written behind the number of bytes that it takes. */
const LONG = 0x80

/** The DER form: a SEQUENCE of two INTEGERs, each in as few bytes as it needs. */
export function derSignature(signature: Uint8Array): Uint8Array {
  const middle = signature.length / 2
  const r = integer(signature, 0, middle)
  const s = integer(signature, middle, signature.length)
  const content = r.length + s.length
  const head = content < LONG ? [SEQUENCE, content] : [SEQUENCE, LONG + 1, content]
  const der = new Uint8Array(head.length + content)
  der.set(head)
  der.set(r, head.length)
  der.set(s, head.length + r.length)
  return der
}

/** The bytes from `start` to `end` as an INTEGER, which is negative if its first bit is set. */
function integer(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let first = start
  while (bytes[first] === 0 && first < end - 1) first++
  const sign = (bytes[first] ?? 0) < 0x80 ? 0 : 1
  const length = end - first + sign
  const written = new Uint8Array(2 + length)
  written[0] = INTEGER
  written[1] = length
  written.set(bytes.subarray(first, end), 2 + sign)
  return written
}

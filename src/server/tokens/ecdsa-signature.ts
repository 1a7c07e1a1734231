/**
 * ECDSA signatures on P-256 in the form that JOSE asks for: R and S side by side.
 *
 * `node:crypto` makes this form too (`dsaEncoding: 'ieee-p1363'`), but on Node 24 at twice the cost
 * of the signature itself. Other curves are left out: no key here is on one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 | RFC 7518 §3.4}
 * @module
 */

/** Bytes of R, and of S. */
const LENGTH = 32

/**
 * The 64 bytes of a signature that is given as DER: a SEQUENCE of two INTEGERs, each without leading
 * zeros but for one where its first bit is set.
 *
 * @param der - From `sign`, never from outside.
 */
export function joseSignature(der: Buffer): Buffer {
  const signature = Buffer.alloc(2 * LENGTH)
  // Tag and length of the sequence are one byte each: its content is at most 70 bytes long.
  const afterR = copyInteger(der, 2, signature.subarray(0, LENGTH))
  copyInteger(der, afterR, signature.subarray(LENGTH))
  return signature
}

/** Copies the INTEGER at `at`, aligned right, and returns where the next one begins. */
function copyInteger(der: Buffer, at: number, target: Buffer): number {
  const start = at + 2
  const end = start + der.readUInt8(at + 1)
  const first = Math.max(start, end - LENGTH)
  der.copy(target, LENGTH - (end - first), first, end)
  return end
}

/** Looking for secrets in files that may be larger than memory. */

import { closeSync, openSync, readSync } from 'node:fs'

const PIECE = 64 * 2 ** 20

/** The places in the list of the secrets that stand in the file: the secrets themselves are told nobody. */
export function canariesIn(file, canaries, piece = PIECE) {
  const secrets = canaries.map((secret) => Buffer.from(secret))
  // What is cut by the end of a piece is whole in the next.
  const overlap = Math.max(1, ...secrets.map(({ length }) => length)) - 1
  const bytes = Buffer.alloc(piece + overlap)
  const found = new Set()
  const descriptor = openSync(file, 'r')
  try {
    for (let kept = 0; ; ) {
      const read = readSync(descriptor, bytes, kept, piece, null)
      if (read === 0) return [...found]
      const there = bytes.subarray(0, kept + read)
      for (const [at, secret] of secrets.entries()) if (there.includes(secret)) found.add(at)
      kept = Math.min(overlap, there.length)
      bytes.copy(bytes, 0, there.length - kept, there.length)
    }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The client at standard input and output. It goes when it closes the one, or stops reading the other.
 *
 * @module
 */

import { LineSplitter, type Piece } from '../../protocol/line-framing.ts'
import { systemTimers } from '../../timers.ts'

/** The longest line taken. */
const MOST_BYTES = 32 * 1024 * 1024

/** Writes lines, each when the last ones were taken. */
export function lineWriter(): (line: string) => Promise<void> | void {
  let drained: Promise<void> | undefined
  return (line) => {
    if (process.stdout.write(line)) return undefined
    drained ??= new Promise((resolve) => {
      process.stdout.once('drain', () => {
        drained = undefined
        resolve()
      })
    })
    return drained
  }
}

/** How long a client that has been told everything may take to read it. */
const FLUSH_MS = 1_000

/** Resolves when what was written is on its way, or nobody reads it. */
export const flushed = (): Promise<void> =>
  new Promise((resolve) => {
    systemTimers.after(FLUSH_MS, resolve)
    process.stdout.write('', () => resolve())
  })

/**
 * Reads lines until there are no more.
 *
 * @returns Whether the client only stopped writing: it may still want the answers.
 */
export function readLines(take: (piece: Piece) => void): Promise<boolean> {
  const splitter = new LineSplitter(MOST_BYTES)
  return new Promise((resolve) => {
    process.stdin.on('data', (chunk: Buffer) => {
      for (const piece of splitter.push(chunk)) take(piece)
    })
    process.stdin.on('end', () => {
      for (const piece of splitter.end()) take(piece)
      resolve(true)
    })
    process.stdin.on('error', () => resolve(false))
    process.stdout.on('error', () => resolve(false))
  })
}

/**
 * Newline-delimited bytes: cut out of a stream however it was chunked, with a cap on what is held.
 *
 * Lines are cut before they are decoded, so a character split between two chunks is no special case.
 *
 * @module
 */

const NEWLINE = 0x0a

/** What is kept between lines; a buffer that grew beyond it for one long line is let go. */
const IDLE_BYTES = 64 * 1024

/** A line without its newline, or the length of one that was too long and therefore thrown away. */
export type Piece =
  | { readonly kind: 'line'; readonly bytes: Uint8Array }
  | { readonly kind: 'too_long'; readonly length: number }

/** Cuts a byte stream into lines. Holds at most `maxBytes`, even of a line that never ends. */
export class LineSplitter {
  readonly #maxBytes: number
  // One growing buffer rather than a list of chunks: a peer that writes byte by byte would make
  // the list's overhead a hundred times what the cap promises.
  #held = Buffer.alloc(0)
  /** Bytes of the unfinished line, those thrown away included. */
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The pieces that `chunk` completes. A piece's bytes are only valid until the next one is taken. */
  *push(chunk: Uint8Array): Generator<Piece> {
    let from = 0
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from)
      if (newline === -1) break
      yield this.#finish(chunk.subarray(from, newline))
      from = newline + 1
    }
    this.#hold(chunk.subarray(from))
  }

  /** The last line, if the stream ended without a newline. */
  *end(): Generator<Piece> {
    if (this.#length > 0) yield this.#finish(new Uint8Array())
  }

  #finish(last: Uint8Array): Piece {
    const length = this.#length + last.length
    if (length > this.#maxBytes) {
      this.#reset()
      return { kind: 'too_long', length }
    }
    if (this.#length === 0) return { kind: 'line', bytes: last }
    this.#hold(last)
    const bytes = this.#held.subarray(0, length)
    this.#reset()
    return { kind: 'line', bytes }
  }

  #hold(part: Uint8Array): void {
    const length = this.#length + part.length
    if (length <= this.#maxBytes) {
      this.#makeRoom(length)
      this.#held.set(part, this.#length)
    } else {
      this.#held = Buffer.alloc(0)
    }
    this.#length = length
  }

  #makeRoom(length: number): void {
    if (length <= this.#held.length) return
    const size = Math.min(this.#maxBytes, Math.max(length, this.#held.length * 2, 256))
    const larger = Buffer.alloc(size)
    larger.set(this.#held.subarray(0, this.#length))
    this.#held = larger
  }

  #reset(): void {
    this.#length = 0
    if (this.#held.length > IDLE_BYTES) this.#held = Buffer.alloc(0)
  }
}

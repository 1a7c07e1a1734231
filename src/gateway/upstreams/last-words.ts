/**
 * What a program last wrote on stderr, so that an operator is told why it failed.
 *
 * Only the end is kept, and only of a program that failed is it told: a log may hold what its users
 * said, so it is not for anybody else.
 *
 * @module
 */

const MAX_LINES = 12
const MAX_CHARS = 1_500

/** The last lines of one program. */
export class LastWords {
  #lines: string[] = []

  /** Takes a line that is fit for a log. */
  readonly hear = (line: string): void => {
    this.#lines.push(line.slice(0, MAX_CHARS))
    if (this.#lines.length > MAX_LINES) this.#lines.shift()
  }

  /** A reason with the lines after it, which are forgotten. */
  explain(reason: string): string {
    const words = this.#lines.join(' ⏎ ').slice(-MAX_CHARS)
    this.#lines = []
    return words === '' ? reason : `${reason}; it said: ${words}`
  }
}

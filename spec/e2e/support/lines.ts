/** The lines that a program prints, for tests that wait for one. */

import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How long a line may take to come. */
const PATIENCE_MS = 30_000

export class Lines {
  readonly all: string[] = []
  readonly #watchers = new Set<() => void>()
  #isOver = false

  /** Takes the lines of a stream as well. */
  read(stream: Readable, also: (line: string) => void = () => {}): void {
    createInterface({ input: stream }).on('line', (line) => {
      also(line)
      this.all.push(line)
      this.#tell()
    })
  }

  /** No more will come. */
  end(): void {
    this.#isOver = true
    this.#tell()
  }

  #tell(): void {
    for (const look of this.#watchers) look()
  }

  /** The first line that fits, or the nth; printed already or yet to come. */
  line(fits: RegExp, nth = 1): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        end()
      }
      const refuse = (why: string) =>
        settle(() => reject(new Error(`${why} without the line ${fits}:\n${this.all.join('\n')}`)))
      const look = () => {
        const found = this.all.filter((line) => fits.test(line))[nth - 1]
        if (found !== undefined) settle(() => resolve(found))
        else if (this.#isOver) refuse('The program ended')
      }
      const timer = setTimeout(() => refuse(`${PATIENCE_MS} ms went by`), PATIENCE_MS)
      this.#watchers.add(look)
      look()
    })
  }
}

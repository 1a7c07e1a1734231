/**
 * What clients did and saw, one line of JSON each, on the disk within a moment.
 *
 * It holds no secret: a token is told by its digest, a refresh token's generation by its public part.
 */

import { createReadStream, existsSync, fdatasync, openSync, write } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const sync = promisify(fdatasync)
const append = promisify(write)

/** How long a line waits to be flushed with others. */
const FLUSH_MS = 50

export class OperationLog {
  #file
  #lines = []
  #writing

  constructor(path) {
    this.#file = openSync(path, 'a')
  }

  add(record) {
    this.#lines.push(JSON.stringify(record))
    this.#writing ??= this.#drain()
  }

  /** Resolves when all that was added is on the disk. */
  async flushed() {
    while (this.#writing !== undefined) await this.#writing
  }

  async #drain() {
    while (this.#lines.length > 0) {
      await sleep(FLUSH_MS)
      await append(this.#file, `${this.#lines.splice(0).join('\n')}\n`)
      await sync(this.#file)
    }
    this.#writing = undefined
  }
}

/** Reads a log. */
export async function readOperations(path) {
  const operations = []
  if (!existsSync(path)) return operations
  for await (const line of createInterface({ input: createReadStream(path) })) {
    operations.push(JSON.parse(line))
  }
  return operations
}

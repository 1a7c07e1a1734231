/**
 * Messages on their way into a child's stdin, in order, and bounded in bytes and in time.
 *
 * Only one message is handed to the stream at once. What waits behind it can still be taken back
 * when its time is up, so a caller that was told "not sent" is not surprised later.
 *
 * @module
 */

import type { Writable } from 'node:stream'
import type { Timers } from '../../../timers.ts'
import { ChildError } from './child-error.ts'

/** What a waiting message costs beside its bytes, so that many small ones are bounded too. */
const ENTRY_BYTES = 256

/** How much may wait, and how long. */
export interface OutboxBounds {
  readonly maxPendingBytes: number
  readonly sendTimeoutMs: number
  readonly timers: Timers
}

interface Entry {
  readonly line: Buffer
  resolve(): void
  reject(error: Error): void
}

/** The way into one child's stdin. */
export class Outbox {
  readonly #stdin: Writable
  readonly #bounds: OutboxBounds
  #waiting: Entry[] = []
  #writing: Entry | undefined
  #pendingBytes = 0
  #closed: ChildError | undefined

  constructor(stdin: Writable, bounds: OutboxBounds) {
    this.#stdin = stdin
    this.#bounds = bounds
  }

  /**
   * Settles when the pipe has taken the whole line.
   *
   * @throws {ChildError} `child_blocked` if too much waits or the line waited too long; what
   * {@link Outbox.close} was given if that comes first.
   */
  async send(line: string): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    const bytes = Buffer.from(line)
    if (this.#pendingBytes + cost(bytes) > this.#bounds.maxPendingBytes) {
      throw blocked(`${this.#pendingBytes} bytes wait already, and ${bytes.length} came`)
    }
    await this.#enqueue(bytes)
  }

  /** Ends the stream after the line that is being written. Whatever waits is rejected with `error`. */
  close(error: ChildError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    const unsent = this.#writing === undefined ? this.#waiting : [this.#writing, ...this.#waiting]
    this.#waiting = []
    for (const entry of unsent) entry.reject(error)
    this.#stdin.end()
  }

  #enqueue(line: Buffer): Promise<void> {
    const { timers, sendTimeoutMs } = this.#bounds
    this.#pendingBytes += cost(line)
    let callOff = () => {}
    const taken = new Promise<void>((resolve, reject) => {
      const entry = { line, resolve, reject }
      callOff = timers.after(sendTimeoutMs, () => this.#expire(entry))
      this.#waiting.push(entry)
      this.#writeNext()
    })
    return taken.finally(() => callOff())
  }

  #writeNext(): void {
    if (this.#writing !== undefined) return
    const entry = this.#waiting.shift()
    if (entry === undefined) return
    this.#writing = entry
    this.#stdin.write(entry.line, (error) => {
      this.#writing = undefined
      this.#pendingBytes -= cost(entry.line)
      if (error) entry.reject(new ChildError('child_gone', { detail: 'its stdin is closed' }))
      else entry.resolve()
      this.#writeNext()
    })
  }

  /** A line that is being written cannot be taken back: it goes on counting until the pipe took it. */
  #expire(entry: Entry): void {
    if (entry !== this.#writing) {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
      this.#pendingBytes -= cost(entry.line)
    }
    entry.reject(blocked(`it has not read for ${this.#bounds.sendTimeoutMs} ms`))
  }
}

const cost = (line: Buffer) => line.length + ENTRY_BYTES

const blocked = (detail: string) => new ChildError('child_blocked', { detail })

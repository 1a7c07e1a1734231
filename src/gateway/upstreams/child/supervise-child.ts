/**
 * Starting a stdio server again when it dies, each time a little later.
 *
 * Requests are not repeated: whether the dead process had acted on one, nobody knows.
 *
 * @module
 */

import type { Platform } from '../../../platform.ts'
import { systemTimers } from '../../../timers.ts'
import { type BackoffBounds, backoffDelay } from './backoff.ts'
import type { Child, ChildExit, ChildOptions } from './child.ts'
import { ChildError } from './child-error.ts'
import { rememberClosable } from './live-children.ts'
import { startChild } from './start-child.ts'

/** What to run, and how patiently. */
export interface SupervisedOptions extends ChildOptions {
  readonly platform: Platform
  readonly backoff?: {
    /** The wait after the first failure, before jitter. Default 250 ms; doubles each time. */
    readonly firstMs?: number
    /** The longest wait. Default 30 s. */
    readonly maxMs?: number
    /** A child that lived this long starts over with the first wait. Default 60 s. */
    readonly resetAfterMs?: number
  }
  /** A new process is up, and knows nothing of what was said to the one before. */
  onStart?(start: { readonly generation: number }): void
}

/** A stdio server that is started again when it dies. */
export interface SupervisedChild extends Pick<Child, 'send' | 'close'> {
  /** The process that runs now, if one does. */
  readonly pid: number | undefined
  /** Counts the starts, from 1. */
  readonly generation: number
}

/**
 * Keeps a stdio server running until it is closed. `onExit` is called at the end of each process.
 *
 * While it is down, `send` rejects at once with `child_restarting`, whose `retryAt` says when the
 * next start is due.
 */
export function superviseChild(options: SupervisedOptions): SupervisedChild {
  return new Supervisor(options)
}

class Supervisor implements SupervisedChild {
  generation = 0
  readonly #options: SupervisedOptions
  readonly #bounds: BackoffBounds
  readonly #resetAfterMs: number
  readonly #forget: () => void
  #child: Child
  #startedAt = 0
  #failures = 0
  /** The next start, while there is no child. */
  #next: { readonly at: number; callOff(): void } | undefined
  #closed = false

  constructor(options: SupervisedOptions) {
    const { firstMs = 250, maxMs = 30_000, resetAfterMs = 60_000 } = options.backoff ?? {}
    this.#options = options
    this.#bounds = { firstMs, maxMs }
    this.#resetAfterMs = resetAfterMs
    this.#forget = rememberClosable(this)
    this.#child = this.#start()
  }

  get pid(): number | undefined {
    return this.#next === undefined ? this.#child.pid : undefined
  }

  async send(message: object): Promise<void> {
    if (this.#next !== undefined && !this.#closed) {
      const { at } = this.#next
      const detail = `the next start is due at ${new Date(at).toISOString()}`
      throw new ChildError('child_restarting', { detail, retryAt: at })
    }
    await this.#child.send(message)
  }

  async close(graceMs?: number): Promise<void> {
    this.#closed = true
    this.#next?.callOff()
    await this.#child.close(graceMs)
    this.#forget()
  }

  #start(): Child {
    this.#next = undefined
    this.#startedAt = this.#options.platform.now()
    const child = startChild({ ...this.#options, onExit: (exit) => this.#ended(exit) })
    if (child.pid !== undefined) {
      this.generation += 1
      const { generation } = this
      // Not before this object holds the new child: the listener will want to talk to it.
      queueMicrotask(() => this.#options.onStart?.({ generation }))
    }
    return child
  }

  #ended(exit: ChildExit): void {
    if (!this.#closed && !exit.asked) this.#startLater()
    this.#options.onExit(exit)
  }

  #startLater(): void {
    const { platform, timers = systemTimers } = this.#options
    const now = platform.now()
    if (now - this.#startedAt >= this.#resetAfterMs) this.#failures = 0
    const delay = backoffDelay(this.#failures, this.#bounds, platform)
    this.#failures += 1
    const callOff = timers.after(delay, () => {
      this.#child = this.#start()
    })
    this.#next = { at: now + delay, callOff }
  }
}

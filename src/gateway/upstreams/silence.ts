/**
 * A limit on how long a server may say nothing at all while somebody waits for it.
 *
 * Each piece that arrives starts it anew, so that a stream may live for hours, but a dead peer is
 * not waited for.
 *
 * @module
 */

import type { Timers } from './child/index.ts'

/** Calls back once when nothing was heard for the whole of the limit. */
export class Silence {
  readonly #timers: Timers
  readonly #limitMs: number
  readonly #onSilence: () => void
  #callOff: (() => void) | undefined

  constructor(timers: Timers, limitMs: number, onSilence: () => void) {
    this.#timers = timers
    this.#limitMs = limitMs
    this.#onSilence = onSilence
    this.heard()
  }

  /** Something arrived. */
  heard(): void {
    this.#callOff?.()
    this.#callOff = this.#timers.after(this.#limitMs, this.#onSilence)
  }

  stop(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }
}

/**
 * Counting by key over a span of time, in bounded memory.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'

/** How long is counted, and about how many keys at most. */
export interface WindowOptions {
  /** Seconds. */
  readonly within: number
  readonly maxKeys?: number
}

interface Entry<T> {
  readonly began: number
  readonly value: T
}

/** One value a key, begun anew when its span is over. The key begun first is forgotten first. */
export class Window<T> {
  readonly #platform: Pick<Platform, 'now'>
  readonly #span: number
  readonly #maxKeys: number
  readonly #entries = new Map<string, Entry<T>>()

  constructor(platform: Pick<Platform, 'now'>, { within, maxKeys = 5_000 }: WindowOptions) {
    this.#platform = platform
    this.#span = within * 1000
    this.#maxKeys = maxKeys
  }

  /** The value of a key, while its span lasts. */
  find(key: string): T | undefined {
    const entry = this.#entries.get(key)
    const age = entry === undefined ? this.#span : this.#platform.now() - entry.began
    return age < this.#span ? entry?.value : undefined
  }

  /** The value of a key, begun with `first` if its span is over or never was. */
  of(key: string, first: () => T): T {
    const found = this.find(key)
    if (found !== undefined) return found
    const value = first()
    this.#entries.delete(key)
    this.#entries.set(key, { began: this.#platform.now(), value })
    if (this.#entries.size > this.#maxKeys) this.#forgetFirst()
    return value
  }

  /** Seconds until a key's span is over; 0 if it is, or never began. */
  left(key: string): number {
    const entry = this.#entries.get(key)
    if (entry === undefined) return 0
    return Math.max(0, Math.ceil((entry.began + this.#span - this.#platform.now()) / 1000))
  }

  #forgetFirst(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key)
      return
    }
  }
}

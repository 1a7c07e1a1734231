/**
 * A value that does not print.
 *
 * Logging, serialising or inspecting a secret by accident shows `[secret]`; reading it takes a
 * call that says why, which a reviewer can search for and an observer can be told of.
 *
 * @module
 */

const SHOWN = '[secret]'

/** Holds a secret so that it reaches a log only if someone means it to. */
export class Secret<T> {
  readonly #value: T
  readonly #onReveal: ((reason: string) => void) | undefined

  /** @param onReveal - Told of every reading; for secrets that are read rarely. */
  constructor(value: T, onReveal?: (reason: string) => void) {
    this.#value = value
    this.#onReveal = onReveal
  }

  /**
   * The value itself.
   *
   * @param reason - What it is needed for; read by people, not by the program.
   */
  reveal(reason: string): T {
    this.#onReveal?.(reason)
    return this.#value
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN
  }
}

/**
 * A value that does not print.
 *
 * Logging, serialising or inspecting a secret by accident shows `[secret]`; reading it takes a
 * call that says why, which a reviewer can search for.
 *
 * @module
 */

const SHOWN = '[secret]'

/** Holds a secret so that it reaches a log only if someone means it to. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /**
   * The value itself.
   *
   * @param _reason - What it is needed for; read by people, not by the program.
   */
  reveal(_reason: string): T {
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

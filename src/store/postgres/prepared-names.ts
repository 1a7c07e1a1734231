/**
 * Names for statements, so that a connection prepares each of them once.
 *
 * @module
 */

/** Statements that get a name. Their texts follow from our own code, so there are few. */
const MOST_NAMES = 1000

/** The names of statements. */
export class PreparedNames {
  readonly #names = new Map<string, string>()
  #given = 0

  /** The name of a statement; undefined if it is to be prepared for one time only. */
  of(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= MOST_NAMES) return known
    const name = `warder_${++this.#given}`
    this.#names.set(sql, name)
    return name
  }

  /** Gives new names from now on: what the old ones stand for may be out of date. */
  renew(): void {
    this.#names.clear()
  }
}

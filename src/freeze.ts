/**
 * Making what many share unchangeable, so that nobody can change it for the next one.
 *
 * @module
 */

/** Freezes a value and all that it holds: no cycles, but it may nest as deeply as whoever sent it likes. */
export function freezeDeep<T extends object>(value: T): T {
  const open: object[] = [value]
  for (const each of open) {
    Object.freeze(each)
    for (const member of Object.values(each)) {
      if (typeof member === 'object' && member !== null) open.push(member)
    }
  }
  return value
}

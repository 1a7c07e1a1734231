/**
 * Values that are there at once on one platform and later on another.
 *
 * A promise costs more than most of what a guard does for a request whose keys are at hand, so it is
 * made only where there is something to wait for.
 *
 * @module
 */

/** A value, or a promise of it. */
export type NowOrLater<T> = T | Promise<T>

/** Goes on with a value: at once if it is there. */
export function andThen<T, U>(
  value: NowOrLater<T>,
  next: (value: T) => NowOrLater<U>,
): NowOrLater<U> {
  return isLater(value) ? value.then(next) : next(value)
}

/** Comes to a value, or to what is made of the reason why not. */
export function orElse<T, U>(
  attempt: () => NowOrLater<T>,
  recover: (cause: unknown) => U,
): NowOrLater<T | U> {
  try {
    const value = attempt()
    return isLater(value) ? value.catch(recover) : value
  } catch (cause) {
    return recover(cause)
  }
}

/** Whether there is something to wait for. */
export const isLater = <T>(value: NowOrLater<T>): value is Promise<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

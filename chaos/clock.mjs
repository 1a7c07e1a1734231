/** The time of the harness, and of servers whose clock is made to run fast or wrong. */

/** Milliseconds since the epoch, with their fractions, as all of the harness tells them. */
export const now = () => performance.timeOrigin + performance.now()

/**
 * A clock that every process of a run reads alike.
 *
 * @param clock `scale`: how many times faster than real from the moment `from` on; `offset`: wrong by
 * so many milliseconds.
 */
export const clockOf =
  ({ scale = 1, offset = 0, from = 0 } = {}) =>
  () =>
    from + (Date.now() - from) * scale + offset

/** What the library needs of a machine whose clock that is. */
export const platformOf = (clock) => ({
  now: clockOf(clock),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
})

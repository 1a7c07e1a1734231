/**
 * The clock that only durations are measured with: nobody sets it back.
 *
 * @module
 */

/** Milliseconds since some time or other. */
export const monotonic = (): number => performance.now()

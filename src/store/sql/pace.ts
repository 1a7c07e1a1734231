/**
 * Keeps what could wait from taking more than a quarter of the time of the thread, the database and the disk.
 *
 * @module
 */

import { type Timers, waitingTimers } from '../../timers.ts'

/** The longest rest: a disk or a machine that stood still for an hour is no reason to wait three. */
const LONGEST_MS = 1_000

/** Rests for thrice as long as something took, in milliseconds, and for a second at most. */
export const restAfter = (took: number, timers: Timers = waitingTimers): Promise<void> =>
  new Promise((resolve) => {
    timers.after(Math.min(3 * took, LONGEST_MS), resolve)
  })

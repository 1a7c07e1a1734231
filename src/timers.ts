/**
 * Waiting, passed in so that tests need not wait.
 *
 * @module
 */

/** Something that can call back later. */
export interface Timers {
  /** Calls `run` once after `delayMs`. What it returns calls that off. */
  after(delayMs: number, run: () => void): () => void
}

/** The machine's own timers. None of them keeps the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer: NodeJS.Timeout | number = setTimeout(run, delayMs)
    // A number on platforms whose timers keep nothing alive.
    if (typeof timer === 'object') timer.unref()
    return () => clearTimeout(timer)
  },
}

/** The same for what somebody waits for: they keep the process alive until then. */
export const waitingTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

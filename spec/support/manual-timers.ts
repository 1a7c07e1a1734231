/** Timers that run when a test says that time has passed. */

interface ManualTimers {
  after(delayMs: number, run: () => void): () => void
  /** Runs what was due within that time, in its order. */
  pass(ms: number): void
  /** How many are waiting. */
  readonly waiting: number
}

export function manualTimers(): ManualTimers {
  let now = 0
  const due = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    after(delayMs, run) {
      const timer = { at: now + delayMs, run }
      due.add(timer)
      return () => void due.delete(timer)
    },
    pass(ms) {
      now += ms
      for (const timer of [...due].sort((a, b) => a.at - b.at)) {
        if (timer.at > now || !due.delete(timer)) continue
        timer.run()
      }
    },
    get waiting() {
      return due.size
    },
  }
}

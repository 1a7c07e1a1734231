/**
 * Lets one through every few rounds of the event loop, in the order they came, so that what matters more
 * goes in between: when hundreds load a page at once, a token waits for one page and not for hundreds.
 *
 * Not one in each round: in a round the process takes one new connection, and whoever comes over one would
 * wait for as many pages as there are connections before it. But soon, however long the rounds are.
 *
 * @module
 */

import { monotonic } from '../monotonic.ts'

/** Resolves when it is one's turn. */
export type Turnstile = () => Promise<void>

/** Rounds between two who go through; those in which nothing happens take microseconds. */
const BETWEEN = 7
/** Or milliseconds, where rounds are long. */
const LONGEST = 20

/** Makes a turnstile that nobody waits at yet. */
export function createTurnstile(now: () => number = monotonic): Turnstile {
  const waiting: (() => void)[] = []
  let pause = 0
  let wentAt = 0
  let isTurning = false
  const turn = () => {
    if (pause > 0 && now() - wentAt < LONGEST) pause -= 1
    else if (waiting.length > 0) {
      waiting.shift()?.()
      pause = BETWEEN
      wentAt = now()
    } else pause = 0
    isTurning = waiting.length > 0 || pause > 0
    if (isTurning) setImmediate(turn)
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (isTurning) return
      isTurning = true
      setImmediate(turn)
    })
}

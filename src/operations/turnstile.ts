/**
 * Lets one through every few rounds of the event loop, in the order they came, so that what matters more
 * goes in between: when hundreds load a page at once, a token waits for one page and not for hundreds.
 *
 * Not one in each round: in a round the process takes one new connection, and whoever comes over one would
 * wait for as many pages as there are connections before it.
 *
 * @module
 */

/** Resolves when it is one's turn. */
export type Turnstile = () => Promise<void>

/** Rounds between two who go through; those in which nothing happens take microseconds. */
const BETWEEN = 7

/** Makes a turnstile that nobody waits at yet. */
export function createTurnstile(): Turnstile {
  const waiting: (() => void)[] = []
  let pause = 0
  let isTurning = false
  const turn = () => {
    if (pause > 0) pause -= 1
    else if (waiting.length > 0) {
      waiting.shift()?.()
      pause = BETWEEN
    }
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

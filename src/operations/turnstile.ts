/**
 * Lets one through in each round of the event loop, in the order they came, so that what matters more
 * goes in between: when hundreds load a page at once, a token waits for one page and not for hundreds.
 *
 * @module
 */

/** Resolves when it is one's turn. */
export type Turnstile = () => Promise<void>

/** Makes a turnstile that nobody waits at yet. */
export function createTurnstile(): Turnstile {
  const waiting: (() => void)[] = []
  const letOneIn = () => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(letOneIn)
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(letOneIn)
    })
}

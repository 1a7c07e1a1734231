/**
 * Lets all who arrive in one round of the event loop go on together, once every connection was heard.
 *
 * One by one, each finds the caches of the processor full of what the one before did last, and wakes
 * whoever waits for the one answer; a token then takes nearly twice the time.
 *
 * @module
 */

/** Resolves when nobody else has arrived in this round. */
export type Gathering = () => Promise<void>

/** Makes a place where nobody waits yet. */
export function createGathering(): Gathering {
  let gathered: Promise<void> | undefined
  return () => {
    gathered ??= new Promise((resolve) => {
      setImmediate(() => {
        gathered = undefined
        resolve()
      })
    })
    return gathered
  }
}

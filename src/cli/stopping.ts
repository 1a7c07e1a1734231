/**
 * Stopping a server so that nobody notices: first it says so, then it takes nothing more, then it
 * finishes what it has.
 *
 * @module
 */

import type { Listening } from '../adapters/node.ts'
import type { Warder } from '../warder.ts'

/** What shells add to a signal's number. */
const KILLED_BY = 128
const signals = { SIGINT: 2, SIGTERM: 15 } as const

/** Resolves when the process is told to stop. To be told twice ends it at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false
    for (const [signal, number] of Object.entries(signals)) {
      process.on(signal, () => {
        if (isTold) process.exit(KILLED_BY + number)
        isTold = true
        resolve()
      })
    }
  })
}

/** Stops taking requests, in an order in which none is lost. The rest is for `warder.close()`. */
export async function stopInOrder(
  { operations, drain }: Pick<Warder, 'drain' | 'operations'>,
  listening: Listening,
): Promise<void> {
  const { stop } = operations.settings
  operations.health.leave()
  // Balancers take a while to notice, and send requests here until they do.
  await new Promise((resolve) => setTimeout(resolve, stop.delay * 1000))
  const closed = listening.close(stop.grace * 1000)
  // Only now: whoever is sent away from a stream comes again at once, and must not come here.
  drain()
  await closed
}

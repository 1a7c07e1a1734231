/**
 * Keeps the heap small. Left to itself, V8 lets the part where everything begins grow to 32 MB under load,
 * and the rest to thrice what is alive before it looks at what is over.
 *
 * The young part stays as it is while the program is loaded: nearly all of that stays. To be loaded before
 * anything else.
 *
 * @module
 */

import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * Bytes of the young part from which it grows no more; it is looked at when a round of the event loop is
 * over, and may have grown once more by then. What is under way should fit into half of it: what does not is
 * moved to the old part, and much longer in the way.
 */
const YOUNG = 8_000_000

/** By how much of what is alive the old part may grow, in per cent, before it is tidied up. */
const BEYOND = 30

/** How many times as large the young part becomes when it is found too small. */
const growYoung = (times: 1 | 2) => setFlagsFromString(`--semi-space-growth-factor=${times}`)

growYoung(1)
setFlagsFromString(`--heap-growing-percent=${BEYOND}`)

/**
 * Lets the young part grow with the load, but only so far: for a process that serves. V8 knows a bound only
 * as an option of the command line, so this one looks at what it has become after each collection.
 */
export function growWithLoad(): void {
  let mayGrow = false
  const look = () => {
    const isSmall = youngBytes() < YOUNG
    if (isSmall === mayGrow) return
    mayGrow = isSmall
    growYoung(mayGrow ? 2 : 1)
  }
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] })
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  return young?.space_size ?? YOUNG
}

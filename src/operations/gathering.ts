/**
 * Lets those who arrive in one round of the event loop go on together, once every connection was heard.
 *
 * One by one, each finds the caches of the processor full of what the one before did last, and wakes
 * whoever waits for the one answer; a token then takes nearly twice the time. But so many that the round
 * is over soon: whoever is told in the next that it is too much must not have waited for hundreds.
 *
 * @module
 */

/** Resolves when it is one's turn. */
export type Gathering = () => Promise<void>

/** How many go on together: a token takes no longer than where all do. */
const TOGETHER = 32

/** Those who go on together. */
interface Party {
  size: number
  readonly gathered: Promise<void>
  go(): void
}

function createParty(): Party {
  let go = () => {}
  const gathered = new Promise<void>((resolve) => {
    go = resolve
  })
  return { size: 0, gathered, go }
}

/** Makes a place where nobody waits yet. */
export function createGathering(): Gathering {
  /** In the order they came; only the last may have room. */
  const parties: Party[] = []
  const next = () => {
    parties.shift()?.go()
    if (parties.length > 0) setImmediate(next)
  }
  const open = () => {
    const party = createParty()
    if (parties.push(party) === 1) setImmediate(next)
    return party
  }
  return () => {
    const last = parties.at(-1)
    const party = last !== undefined && last.size < TOGETHER ? last : open()
    party.size += 1
    return party.gathered
  }
}

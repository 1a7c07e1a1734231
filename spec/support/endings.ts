/** What tests opened and must give back, without saying when: their end is early enough. */

import { TestRunner } from 'vitest'

/** Does something at an end. What was told last is done first. */
export type AtEnd = (end: () => Promise<void>) => void

const ofFile: (() => Promise<void>)[] = []

/**
 * The end of the test that runs now, or of the file if none does. Ask before anything is awaited: what
 * a file begins outside its tests may go on during them.
 */
export function endOfThis(): AtEnd {
  const test = TestRunner.getCurrentTest()
  return (end) => {
    if (test === undefined) ofFile.push(end)
    else test.context.onTestFinished(end)
  }
}

/** {@link endOfThis}, for something that is there already. */
export const atEnd: AtEnd = (end) => endOfThis()(end)

/** Does what is to be done at the end of a file. */
export async function endFile(): Promise<void> {
  for (let end = ofFile.pop(); end !== undefined; end = ofFile.pop()) await end()
}

/** What tests opened and must give back, without saying when: their end is early enough. */

import { onTestFinished, TestRunner } from 'vitest'

const ofFile: (() => Promise<void>)[] = []

/** Does something when the test that runs has finished, or the file if none does. The last first. */
export function atEnd(end: () => Promise<void>): void {
  if (TestRunner.getCurrentTest() === undefined) ofFile.push(end)
  else onTestFinished(end)
}

/** Does what is to be done at the end of a file. */
export async function endFile(): Promise<void> {
  for (let end = ofFile.pop(); end !== undefined; end = ofFile.pop()) await end()
}

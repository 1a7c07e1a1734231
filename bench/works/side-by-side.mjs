/** A work that every contestant does, next to the others. */

import { contestantsFor } from '../contestants.mjs'
import { againstLimit, measure } from '../measure.mjs'

/** Starts who can do the work, measures them in turns, and ends them. */
export async function sideBySide(work, plan) {
  const subjects = []
  try {
    for (const { start, ...contestant } of contestantsFor(work)) {
      subjects.push({ ...contestant, server: await start(work) })
    }
    return againstLimit(await measure(subjects, plan))
  } finally {
    for (const { server } of subjects) await server.stop()
  }
}

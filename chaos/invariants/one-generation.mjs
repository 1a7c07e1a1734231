/** INV-2: a family has one live generation, and each generation one token. */

import { eventsOf, groupBy, isOk, ofKind } from './evidence.mjs'

export const oneGeneration = {
  id: 'INV-2',
  name: 'one live generation',
  check(evidence) {
    const answers = ofKind(evidence, 'refresh').filter(isOk)
    const problems = []
    const stored = new Map(evidence.tables.families.map((row) => [row.id, row]))
    for (const [id, all] of groupBy(answers, ({ key }) => key)) {
      const row = stored.get(id)
      if (row === undefined) problems.push(`family ${id} is gone`)
      problems.push(...ofFamily(id, all, row))
    }
    for (const [id, all] of groupBy(
      eventsOf(evidence, 'token.rotated'),
      (event) => event.familyId,
    )) {
      const row = stored.get(id)
      if (row !== undefined && row.generation !== all.length) {
        problems.push(`family ${id} is at ${row.generation} after ${all.length} rotations`)
      }
    }
    return { looked: answers.length, problems }
  },
}

function ofFamily(id, answers, row) {
  const problems = []
  for (const [generation, all] of groupBy(answers, (answer) => answer.generation)) {
    const tokens = new Set(all.map(({ token }) => token))
    if (tokens.size > 1)
      problems.push(`generation ${generation} of ${id} has ${tokens.size} tokens`)
    if (row !== undefined && generation > row.generation) {
      problems.push(
        `generation ${generation} of ${id} was given, and the store is at ${row.generation}`,
      )
    }
  }
  for (const { sent, generation } of answers) {
    if (generation !== sent + 1)
      problems.push(`${id}: generation ${sent} was answered with ${generation}`)
  }
  return [...problems, ...backwards(id, answers)]
}

/** Whoever asks after an answer was there gets nothing older. */
function backwards(id, answers) {
  const byEnd = [...answers].sort((a, b) => a.end - b.end)
  const byStart = [...answers].sort((a, b) => a.start - b.start)
  const problems = []
  let newest = -1
  let at = 0
  for (const { start, generation } of byStart) {
    for (; byEnd[at] !== undefined && byEnd[at].end < start; at++) {
      newest = Math.max(newest, byEnd[at].generation)
    }
    if (generation < newest)
      problems.push(`${id} went from generation ${newest} back to ${generation}`)
  }
  return problems
}

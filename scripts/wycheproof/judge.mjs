/** Holds what the engines say against what the vectors say. */

import { differences } from './differences.mjs'
import { engines } from './engines.mjs'
import { isJose } from './jose.mjs'

/**
 * Counts what agrees, file by file. A fault is a vector about which the engines do not agree, one that
 * is answered otherwise for no known reason, and a known reason that no vector has any more.
 */
export function judge(files, answers) {
  const rows = []
  const faults = []
  let at = 0
  for (const { name, groups } of files) {
    const row = { name, vectors: 0, agreed: 0, differences: new Map() }
    rows.push(row)
    for (const group of groups) {
      for (const test of group.tests) {
        const said = engines.map((engine) => answers[engine][at])
        at++
        row.vectors++
        const verdict = judgeVector({ name, group, test, said })
        if (verdict === undefined) row.agreed++
        else if (verdict.why === undefined) faults.push(verdict.fault)
        else row.differences.set(verdict.why, (row.differences.get(verdict.why) ?? 0) + 1)
      }
    }
  }
  const met = new Set(rows.flatMap((row) => [...row.differences.keys()]))
  for (const { why } of differences) {
    if (!met.has(why)) faults.push(`no vector differs any more because “${why}”`)
  }
  return { rows, faults }
}

/** Nothing if all agree, else why they need not or what is wrong. */
function judgeVector({ name, group, test, said }) {
  const isWanted = test.result === 'valid' && isJose(group)
  const isAsWanted = said.every(
    (answer) => answer === said[0] && (isFree(test) || answer === isWanted),
  )
  if (isAsWanted) return undefined
  const known = differences.find(({ covers }) => covers({ group, test }))
  const isKnown = known !== undefined && said.every((answer) => answer === known.isAccepted)
  if (isKnown) return { why: known.why }
  const heard = engines.map((engine, at) => `${engine} ${said[at] ? 'accepts' : 'refuses'} it`)
  const comment = test.comment === '' ? '' : ` (${test.comment})`
  return { fault: `${name} #${test.tcId}${comment} is ${test.result}: ${heard.join(', ')}` }
}

/** What may be accepted or not, as long as both engines do the same. */
const isFree = ({ result }) => result === 'acceptable'

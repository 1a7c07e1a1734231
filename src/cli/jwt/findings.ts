/**
 * What is wrong with a token, or odd about it, as far as that can be seen without a key.
 *
 * @module
 */

import type { Inspected } from './compact.ts'
import { doubts, encryptedDoubts } from './doubts.ts'
import { claimFaults, faults, formFaults, otherKind } from './faults.ts'
import type { Finding, Findings, Look } from './finding.ts'

/** Everything there is to know, what is worst first. */
export function findings(inspected: Inspected, now: number): readonly Finding[] {
  const look: Look = { ...inspected, claims: inspected.claims ?? {}, now }
  const found = (level: Finding['level'], all: Findings): Finding[] =>
    Object.entries(all).flatMap(([code, sentenceFor]) => {
      const sentence = sentenceFor(look)
      return sentence === undefined ? [] : [{ code, level, sentence }]
    })
  const ofForm = found('fault', formFaults)
  if (inspected.kind === 'encrypted') return [...ofForm, ...found('doubt', encryptedDoubts)]
  const general = [...ofForm, ...found('fault', faults)]
  // What is missing for one kind of token may not belong to another.
  if (inspected.claims === undefined || otherKind(inspected.header) !== undefined) return general
  return [...general, ...found('fault', claimFaults), ...found('doubt', doubts)]
}

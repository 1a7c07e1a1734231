/**
 * What is wrong with a token, or odd about it, as far as that can be seen without a key.
 *
 * @module
 */

import type { Inspected } from './compact.ts'
import { accessTokenDoubts, doubts, encryptedDoubts } from './doubts.ts'
import { claimFaults, faults, formFaults } from './faults.ts'
import type { Finding, Findings, Look } from './finding.ts'
import { kindDoubts, kindOfToken } from './token-kind.ts'

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
  if (inspected.claims === undefined) return general
  const kind = kindOfToken(look)
  return [
    ...general,
    ...(kind === 'other' ? [] : found('fault', claimFaults)),
    ...found('doubt', kindDoubts),
    ...(kind === 'access' ? found('doubt', accessTokenDoubts) : []),
    ...found('doubt', doubts),
  ]
}

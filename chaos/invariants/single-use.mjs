/** INV-1: what may be used once was used once. */

import { BEGINNINGS, eventsOf, groupBy, isOk, ofKind } from './evidence.mjs'

export const singleUse = {
  id: 'INV-1',
  name: 'single use',
  check(evidence) {
    const { codes, families } = evidence.tables
    const redeemed = ofKind(evidence, 'redeem', 'poll')
    const problems = []
    for (const [key, all] of groupBy(redeemed, ({ key }) => key)) {
      const wins = all.filter(isOk).length
      if (wins > 1) problems.push(`code ${key} was redeemed ${wins} times`)
    }
    const begun = groupBy(eventsOf(evidence, ...BEGINNINGS), ({ familyId }) => familyId)
    for (const [id, all] of begun) {
      if (all.length > 1) problems.push(`family ${id} was begun ${all.length} times`)
    }
    const known = new Set(codes.map((code) => code.family_id))
    for (const { id } of families) {
      // The code may be gone with its account or client; then its event tells of it.
      if (!known.has(id) && !begun.has(id)) problems.push(`family ${id} is of no code`)
    }
    return { looked: redeemed.length, problems }
  },
}

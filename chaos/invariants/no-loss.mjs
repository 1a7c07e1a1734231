/** INV-3: nobody who asks again is stuck, and what was revoked stays so. */

import { groupBy, ofKind } from './evidence.mjs'

/** How an exchange may end for a client that does not give up; the last, if it was removed. */
const FINAL = new Set(['ok', 'invalid_grant', 'invalid_client'])

export const noLoss = {
  id: 'INV-3',
  name: 'no loss',
  check(evidence) {
    const problems = []
    const tried = ofKind(evidence, 'refresh', 'redeem')
    for (const [key, all] of groupBy(tried, ({ op, key }) => `${op} ${key}`)) {
      const last = all.reduce((a, b) => (b.end > a.end ? b : a))
      if (!FINAL.has(last.outcome)) problems.push(`${key} ended with ${last.outcome}`)
    }
    const stored = new Map(evidence.tables.families.map((row) => [row.id, row]))
    for (const { id } of acknowledged(evidence)) {
      if (stored.get(id)?.revoked_at == null) problems.push(`the revocation of ${id} was undone`)
    }
    return { looked: tried.length, problems }
  },
}

/** The revocations that somebody was told of, by the endpoint or by an administrator's command. */
export const acknowledged = (evidence) => [
  ...(evidence.acknowledged ?? []),
  ...ofKind(evidence, 'revoke')
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ key, end }) => ({ id: key, at: end })),
]

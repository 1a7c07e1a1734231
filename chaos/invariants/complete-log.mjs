/** INV-10: each change of state has its one event, and nobody touched the log. */

import { BEGINNINGS, eventsOf, groupBy } from './evidence.mjs'

/** Which events tell of why a family ended. */
const ENDINGS = {
  'revoked by client': 'token.revoked',
  'refresh token reused': 'token.reused',
  'code replayed': 'code.replayed',
}

export const completeLog = {
  id: 'INV-10',
  name: 'complete audit log',
  check(evidence) {
    const { codes, families } = evidence.tables
    const byFamily = (...types) => groupBy(eventsOf(evidence, ...types), ({ familyId }) => familyId)
    const redeemed = byFamily(...BEGINNINGS)
    const rotated = byFamily('token.rotated')
    const ended = new Map(Object.values(ENDINGS).map((type) => [type, byFamily(type)]))
    const problems = []
    const expectCount = (what, found, wanted) => {
      if (found !== wanted) problems.push(`${found} × ${what}, not ${wanted}`)
    }
    for (const { id, generation, revoked_because: because } of families) {
      expectCount(`beginning of ${id}`, redeemed.get(id)?.length ?? 0, 1)
      expectCount(`token.rotated of ${id}`, rotated.get(id)?.length ?? 0, generation)
      const type = ENDINGS[because]
      if (type !== undefined && !ended.get(type).has(id))
        problems.push(`${id} ended without ${type}`)
    }
    const known = new Set(families.map(({ id }) => id))
    for (const code of codes) {
      if (code.used_at !== null && !known.has(code.family_id)) {
        problems.push(`a code was used, and its family ${code.family_id} is not there`)
      }
    }
    if (evidence.log?.ok === false) problems.push(`the log does not verify: ${evidence.log.detail}`)
    return { looked: families.length, problems }
  },
}

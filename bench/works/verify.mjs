/** Checking an access token (RFC 9068), 500 different ones in turn; and again, for those that remember. */

import { measureOperations } from '../operations/index.mjs'

/** The algorithms of jsonwebtoken, which has no EdDSA. */
const WITHOUT_EDDSA = ['HS256', 'RS256', 'ES256']

const limit = { name: 'limit', title: 'the limit', operation: 'verify/limit' }
const warder = { name: 'warder', title: 'Warder’s check', operation: 'verify/warder' }
const guard = {
  ...{ name: 'warder-guard', title: 'Warder’s guard', operation: 'verify/warder' },
  given: { whole: true },
}
const fastJwt = { name: 'fast-jwt', title: 'fast-jwt 6', operation: 'verify/fast-jwt' }

/** Who remembers tokens, of which none comes again in time: what that costs on top. */
const inVain = ({ name, title, ...each }) => ({
  ...{ name: `${name}-missed`, title: `${title}, remembering in vain` },
  ...each,
  given: { cache: 'missed' },
})

const contestants = [
  ...[limit, warder, inVain(warder), guard],
  { name: 'jose', title: 'jose 6', operation: 'verify/jose' },
  ...[fastJwt, inVain(fastJwt)],
  {
    ...{ name: 'jsonwebtoken', title: 'jsonwebtoken 9', operation: 'verify/jsonwebtoken' },
    algorithms: WITHOUT_EDDSA,
  },
]

const cases = [
  ...['HS256', 'RS256', 'ES256', 'EdDSA'].map((alg) => ({
    ...{ case: alg, alg, cache: 'off' },
    subjects: contestants.filter(({ algorithms = [alg] }) => algorithms.includes(alg)),
  })),
  {
    ...{ case: 'ES256, seen before', alg: 'ES256', cache: 'on' },
    subjects: [limit, warder, guard, fastJwt],
  },
]

export const verify = {
  name: 'verify',
  title: 'Verification of access tokens',
  kind: 'operations',
  async run(plan) {
    const results = []
    for (const { case: name, alg, cache, subjects } of cases) {
      const given = subjects.map((each) => ({ ...each, given: { cache, ...each.given, alg } }))
      const measured = await measureOperations(given, plan)
      results.push(...measured.map((each) => ({ case: name, ...each })))
    }
    return results
  },
}

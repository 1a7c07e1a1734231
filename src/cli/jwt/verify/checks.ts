/**
 * Every check that a token goes through, one by one, with what it says and what is expected.
 *
 * Each asks the verifier's own function about its one part, so that none can be more lenient. A verifier
 * stops at the first fault; here all are looked at, because whoever mends one wants to know the next.
 *
 * @module
 */

import type { Check, MakeCheck } from './checked.ts'
import { audienceCheck, binding, issuerCheck, textCheck } from './claim-checks.ts'
import { algCheck, extensionCheck, formCheck, typCheck } from './header-checks.ts'
import { keyCheck } from './key-check.ts'
import { signatureCheck } from './signature-check.ts'
import { timeCheck } from './time-checks.ts'
import type { Case } from './verdict.ts'

/** The checks in the order in which a verifier makes them. */
const makers: readonly (readonly [name: string, make: MakeCheck])[] = [
  ['form', formCheck],
  ['alg', algCheck],
  ['typ', typCheck],
  ['crit', extensionCheck],
  ['key', keyCheck],
  ['signature', signatureCheck],
  ['iss', issuerCheck],
  ['aud', audienceCheck],
  ['exp', timeCheck('exp')],
  ['iat', timeCheck('iat')],
  ['nbf', timeCheck('nbf')],
  ['sub', textCheck('sub')],
  ['jti', textCheck('jti')],
  ['client_id', textCheck('client_id')],
]

/** Makes every check. */
export async function allChecks(given: Case): Promise<readonly Check[]> {
  const checks: Check[] = []
  for (const [name, make] of makers) checks.push({ name, ...(await make(given)) })
  return given.read.claims?.cnf === undefined ? checks : [...checks, binding]
}

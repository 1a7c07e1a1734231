/** The invariants, in the order of their numbers. One more is one more file and one more line here. */

import { bounded } from './bounded.mjs'
import { completeLog } from './complete-log.mjs'
import { failClosed } from './fail-closed.mjs'
import { noLoss } from './no-loss.mjs'
import { noSecrets } from './no-secrets.mjs'
import { oneGeneration } from './one-generation.mjs'
import { ownDataOnly } from './own-data-only.mjs'
import { revokedForGood } from './revoked-for-good.mjs'
import { singleUse } from './single-use.mjs'
import { typedErrors } from './typed-errors.mjs'
import { verifiesThroughout } from './verifies-throughout.mjs'

const invariants = [
  ...[singleUse, oneGeneration, noLoss, revokedForGood, failClosed, verifiesThroughout],
  ...[ownDataOnly, typedErrors, bounded, completeLog, noSecrets],
]

/**
 * Checks them all.
 *
 * @param demanded The invariants that must have had something to look at: a check that saw nothing
 * has shown nothing.
 * @returns {{ id: string, looked: number, problems: string[] }[]}
 */
export function checkInvariants(evidence, demanded) {
  return invariants.map(({ id, check }) => {
    const { looked, problems } = check(evidence)
    const isBlind = looked === 0 && demanded.includes(id)
    return {
      id,
      looked,
      problems: isBlind ? [...problems, 'there was nothing to look at'] : problems,
    }
  })
}

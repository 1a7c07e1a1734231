/** INV-4: after a revocation was acknowledged, nothing is issued and nothing is let in. */

import { groupBy, isOk, ofKind } from './evidence.mjs'
import { acknowledged } from './no-loss.mjs'

export const revokedForGood = {
  id: 'INV-4',
  name: 'revocation is final',
  check(evidence) {
    const used = groupBy(ofKind(evidence, 'refresh', 'call').filter(isLetIn), ({ key }) => key)
    const revocations = acknowledged(evidence)
    const problems = revocations.flatMap(({ id, at }) =>
      (used.get(id) ?? [])
        .filter(({ start }) => start > at)
        .map(
          ({ op, start }) =>
            `${op} of ${id} succeeded ${(start - at).toFixed(1)} ms after its revocation`,
        ),
    )
    return { looked: revocations.length, problems }
  },
}

/** A gateway that lets a token in may still have nobody to pass the request to. */
const isLetIn = (operation) =>
  operation.op === 'call'
    ? operation.status !== undefined && operation.status !== 401
    : isOk(operation)

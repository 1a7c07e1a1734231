/** INV-6: a good token is let in by every guard at every moment. */

import { ofKind } from './evidence.mjs'

export const verifiesThroughout = {
  id: 'INV-6',
  name: 'verified throughout',
  check(evidence) {
    // Where a key is withdrawn on purpose, its tokens are to be refused.
    const verified = evidence.expectedRefusals ? [] : ofKind(evidence, 'verify')
    const problems = verified
      .filter(({ outcome, expected = 'ok' }) => outcome !== expected)
      .map(
        ({ key, kid, guard, outcome }) => `guard ${guard} said ${outcome} to ${key} of key ${kid}`,
      )
    return { looked: verified.length, problems }
  },
}

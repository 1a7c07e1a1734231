/** The built OAuth 1.0 client against another implementation, for longer than `npm test` has time. */

import { describe, it } from 'vitest'
import { expectAgreement } from '../support/oauth1-agreement.ts'

describe('The OAuth 1.0 client and the package oauth-1.0a', () => {
  it('sign 10,000 requests alike', () => expectAgreement(10_000))
})

/** FZ-07: the OAuth 1.0 client against another implementation; `npm run e2e` tries many more. */

import { describe, it } from 'vitest'
import { expectAgreement } from './support/oauth1-agreement.ts'

describe('FZ-07 the OAuth 1.0 client against another implementation', () => {
  it('signs 1,000 requests alike', () => expectAgreement(1_000))
})

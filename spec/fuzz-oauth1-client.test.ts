/** FZ-07: the OAuth 1.0 client against another implementation; `npm run e2e` tries many more. */

import { describe, it } from 'vitest'
import { expectAgreement } from './support/oauth1-agreement.ts'
import { isThorough } from './support/servers.ts'

describe('FZ-07 the OAuth 1.0 client against another implementation', () => {
  it('signs requests alike', () => expectAgreement(isThorough ? 1_000 : 200))
})

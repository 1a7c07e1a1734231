/**
 * The grant types. One more is one more file and one more line here.
 *
 * @module
 */

import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import type { Grant } from './grant.ts'
import { refreshToken } from './refresh-token.ts'

/** Every grant type of the token endpoint. */
export const grants: readonly Grant[] = [
  authorizationCode,
  refreshToken,
  clientCredentials,
  deviceCode,
]

/** What the grant types are called. */
export const grantTypes: readonly string[] = grants.map(({ grantType }) => grantType)

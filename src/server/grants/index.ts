/**
 * The grant types. One more is one more file and one more line here.
 *
 * @module
 */

import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import type { Grant } from './grant.ts'
import { refreshToken } from './refresh-token.ts'

/** Every grant type of the token endpoint. */
export const grants: readonly Grant[] = [authorizationCode, refreshToken, clientCredentials]

/**
 * The checks of an authorization request, in their order.
 *
 * Until `redirectUri` has passed, an error is shown to the user; afterwards it is sent to the
 * client. One more check is one more file and one more line here.
 *
 * @module
 */

import type { AuthorizationCheck } from '../request.ts'
import { client } from './client.ts'
import { grantType } from './grant-type.ts'
import { maxAge } from './max-age.ts'
import { pkce } from './pkce.ts'
import { prompt } from './prompt.ts'
import { redirectUri } from './redirect-uri.ts'
import { resource } from './resource.ts'
import { responseType } from './response-type.ts'
import { scope } from './scope.ts'
import { singleParameters } from './single-parameters.ts'
import { state } from './state.ts'

/** Every check, in order. */
export const authorizationChecks: readonly AuthorizationCheck[] = [
  client,
  redirectUri,
  state,
  singleParameters,
  responseType,
  grantType,
  pkce,
  resource,
  scope,
  prompt,
  maxAge,
]

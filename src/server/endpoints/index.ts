/**
 * The route table. One more endpoint is one more file and one more line here.
 *
 * @module
 */

import type { ServerContext } from '../context.ts'
import { authorize } from './authorize.ts'
import { device } from './device.ts'
import { deviceAuthorization } from './device-authorization.ts'
import { elicitation } from './elicitation.ts'
import type { Endpoint, EndpointMaker } from './endpoint.ts'
import { home } from './home.ts'
import { interaction } from './interaction.ts'
import { introspect } from './introspect.ts'
import { jwks } from './jwks.ts'
import { metadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

const makers: readonly EndpointMaker[] = [
  home,
  authorize,
  interaction,
  elicitation,
  device,
  deviceAuthorization,
  token,
  revoke,
  introspect,
  register,
  jwks,
]

/** The endpoints of a server, and the documents that describe them. */
export function makeEndpoints(context: ServerContext): readonly Endpoint[] {
  const endpoints = makers.map((make) => make(context))
  return [...endpoints, metadata(context, endpoints)]
}

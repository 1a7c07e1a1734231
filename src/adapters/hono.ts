/**
 * A guard in Hono, as middleware.
 *
 * On Node the connection is that of `@hono/node-server`; elsewhere nothing is known of it unless
 * `connection` says it.
 *
 * @module
 */

import type { Context, Handler, MiddlewareHandler } from 'hono'
import type { Connection, Guard, GuardRule } from '../guard/index.ts'
import { isLater } from '../protocol/now-or-later.ts'
import { withHeaders } from './guarding/answer-headers.ts'
import { fetchVisit } from './guarding/fetch-visit.ts'
import { createGate, createMetadata, type Guarded, type Reader } from './guarding/gate.ts'
import type { FetchHandler } from './guarding/node-handler.ts'
import { type NodeSocket, SocketConnection } from './guarding/node-visit.ts'
import type { GuardedService } from './guarding/service.ts'

export type { Guarded } from './guarding/gate.ts'
export type { FetchHandler } from './guarding/node-handler.ts'
export { principalOf } from './guarding/pass.ts'
export type { GuardedService } from './guarding/service.ts'

/** A service on a platform that Hono runs on. */
export interface HonoService extends GuardedService {
  /** What the platform says of the connection, such as by `getConnInfo` of its adapter. */
  readonly connection?: (context: Context) => Connection | undefined
}

/**
 * Guards what comes after it, where `c.var.principal` is known. Mounted at the root it serves the
 * metadata of the resource too.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function honoGuard(
  guarding: Guard | HonoService,
  rule?: GuardRule,
): MiddlewareHandler<{ Variables: Guarded }> {
  const admit = createGate(guarding, rule, readContext)
  const connectionOf = ('guard' in guarding ? guarding.connection : undefined) ?? nodeConnection
  return async (context, next) => {
    const admitted = admit(context, connectionOf(context))
    const outcome = isLater(admitted) ? await admitted : admitted
    if (!('principal' in outcome)) return outcome
    context.set('principal', outcome.principal)
    await next()
    const answer = withHeaders(context.res, outcome.headers)
    if (answer === context.res) return
    // Otherwise the headers of the one before would be put over those of this one.
    context.res = undefined
    context.res = answer
  }
}

/**
 * Serves the metadata of the resource, for guards that are not mounted at the root.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function honoMetadata(guarding: Guard | HonoService): MiddlewareHandler {
  const find = createMetadata(guarding, readContext)
  return async (context, next) => find(context) ?? (await next())
}

/**
 * Mounts what answers requests of the web platform, such as the `fetch` of a backend for the frontend:
 * `app.all('/bff/*', honoHandler(bff.fetch))`.
 */
export function honoHandler(handler: FetchHandler): Handler {
  return ({ req }) => handler(req.raw)
}

const readContext: Reader<Context> = ({ req }, ...rest) => fetchVisit(req.raw, ...rest)

/** The connection, where the platform is Node. */
function nodeConnection({ env }: Context): Connection | undefined {
  const socket: NodeSocket | undefined = env?.incoming?.socket
  return socket === undefined ? undefined : new SocketConnection(socket)
}

/**
 * A guard in Express 4 and 5, as middleware or around one handler.
 *
 * The address of a caller is not taken from `req.ip`: whom Express trusts is not known here.
 *
 * @module
 */

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { GuardRule } from '../guard/index.ts'
import { isLater } from '../protocol/now-or-later.ts'
import type { Guarded } from './guarding/gate.ts'
import { createNodeGate, createNodeMetadata, sendAnswer } from './guarding/node-gate.ts'
import { type FetchHandler, nodeListener } from './guarding/node-handler.ts'
import type { Guarding } from './guarding/service.ts'

export type { Guarded } from './guarding/gate.ts'
export type { FetchHandler } from './guarding/node-handler.ts'
export { principalOf } from './guarding/pass.ts'
export type { GuardedService, Guarding } from './guarding/service.ts'

/** A handler behind a guard. A `Response` that it returns is sent, such as the refusal of `authorize`. */
export type GuardedHandler = (
  request: Request & Guarded,
  response: Response,
  next: NextFunction,
) => unknown

/**
 * Guards what comes after it, or the handler that it is given, in which `request.principal` is known.
 *
 * Behind one without a handler, `principalOf(request)` says who is calling. Mounted at the root it
 * serves the metadata of the resource too.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function expressGuard(
  guarding: Guarding,
  rule?: GuardRule,
  handler?: GuardedHandler,
): RequestHandler {
  const enter = createNodeGate(guarding, rule)
  return (request, response, next) => {
    const pass = async () => {
      const entered = enter(request, response)
      const principal = isLater(entered) ? await entered : entered
      if (principal === undefined) return
      if (handler === undefined) return next()
      const outcome = await handler(Object.assign(request, { principal }), response, next)
      await sendAnswer(outcome, response)
    }
    // Express 4 does not look at promises. Nothing as an error would mean that all is well.
    pass().catch((error: unknown) => next(error ?? new Error('A handler threw nothing.')))
  }
}

/**
 * Serves the metadata of the resource, for guards that are not mounted at the root.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function expressMetadata(guarding: Guarding): RequestHandler {
  const serve = createNodeMetadata(guarding)
  return (request, response, next) => {
    serve(request, response).then((isServed) => isServed || next(), next)
  }
}

/**
 * Mounts what answers requests of the web platform, such as the `fetch` of a backend for the frontend:
 * `app.use('/bff', expressHandler(bff.fetch))`. Mount it before what reads bodies.
 */
export function expressHandler(handler: FetchHandler): RequestHandler {
  const listen = nodeListener(handler)
  return (request, response, next) => {
    // Below a path, Express shows the rest of it alone.
    request.url = request.originalUrl
    listen(request, response).catch(next)
  }
}

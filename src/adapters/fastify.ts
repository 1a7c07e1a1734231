/**
 * A guard in Fastify, as a hook or around the handler of a route.
 *
 * Both run at `onRequest`, before a body is read and before it is validated. The address of a caller
 * is not taken from `request.ip`: whom Fastify trusts is not known here.
 *
 * @module
 */

import type {
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  RouteGenericInterface,
} from 'fastify'
import type { GuardRule } from '../guard/index.ts'
import { isLater } from '../protocol/now-or-later.ts'
import { merged } from './guarding/answer-headers.ts'
import { createGate, createMetadata, type Guarded, type Reader } from './guarding/gate.ts'
import { type FetchHandler, nodeListener } from './guarding/node-handler.ts'
import { nodeVisit } from './guarding/node-visit.ts'
import { principalOf } from './guarding/pass.ts'
import type { Guarding } from './guarding/service.ts'

export type { Guarded } from './guarding/gate.ts'
export type { FetchHandler } from './guarding/node-handler.ts'
export { principalOf } from './guarding/pass.ts'
export type { GuardedService, Guarding } from './guarding/service.ts'

/** A hook for `onRequest`. */
export type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** A handler behind a guard. */
export type GuardedHandler<Route extends RouteGenericInterface> = (
  request: FastifyRequest<Route> & Guarded,
  reply: FastifyReply,
) => unknown

/** The options of a route that is guarded. */
export interface GuardedRoute<Route extends RouteGenericInterface> {
  readonly onRequest: Hook
  readonly handler: (request: FastifyRequest<Route>, reply: FastifyReply) => unknown
}

/**
 * Makes a hook that guards every route of the instance or route that it is added to.
 *
 * Behind it, `principalOf(request)` says who is calling. Added to the root, it serves the metadata of
 * the resource too.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function fastifyGuard(guarding: Guarding, rule?: GuardRule): Hook
/**
 * Makes the options of a route that is guarded. Its handler knows `request.principal`.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function fastifyGuard<Route extends RouteGenericInterface = RouteGenericInterface>(
  guarding: Guarding,
  rule: GuardRule | undefined,
  handler: GuardedHandler<Route>,
): GuardedRoute<Route>
/** A hook, or the options of a route if there is a handler. */
export function fastifyGuard<Route extends RouteGenericInterface>(
  guarding: Guarding,
  rule?: GuardRule,
  handler?: GuardedHandler<Route>,
): Hook | GuardedRoute<Route> {
  const admit = createGate(guarding, rule, readRequest)
  const onRequest: Hook = async (request, reply) => {
    const admitted = admit(request)
    const outcome = isLater(admitted) ? await admitted : admitted
    if (!('principal' in outcome)) return send(outcome, reply)
    for (const [name, value] of outcome.headers) {
      reply.header(name, merged(name, value, reply.getHeader(name)))
    }
  }
  if (handler === undefined) return onRequest
  return {
    onRequest,
    handler: (request, reply) =>
      handler(Object.assign(request, { principal: principalOf(request) }), reply),
  }
}

/**
 * Makes a hook that serves the metadata of the resource, for guards that are not hooks of the root.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function fastifyMetadata(guarding: Guarding): Hook {
  const find = createMetadata(guarding, readRequest)
  return async (request, reply) => {
    const metadata = find(request)
    return metadata === undefined ? undefined : send(metadata, reply)
  }
}

const readRequest: Reader<FastifyRequest> = ({ raw }, trustedProxies) =>
  nodeVisit(raw, trustedProxies)

async function send(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  // Of a text it would say another `Content-Type` than it is told, and of no bytes that they are some.
  const body = Buffer.from(await answer.arrayBuffer())
  reply.code(answer.status).headers(Object.fromEntries(answer.headers))
  return reply.send(body.length === 0 ? undefined : body)
}

/**
 * Mounts what answers requests of the web platform, such as the `fetch` of a backend for the frontend,
 * as a plugin: `app.register(fastifyHandler(bff.fetch), { prefix: '/bff' })`.
 */
export function fastifyHandler(handler: FetchHandler): FastifyPluginAsync {
  const listen = nodeListener(handler)
  return async (instance) => {
    // Bodies are left to the handler.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _body, done) => done(null))
    instance.all('/*', async (request, reply) => {
      reply.hijack()
      await listen(request.raw, reply.raw)
    })
  }
}

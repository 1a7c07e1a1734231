/**
 * A guard around a handler of the form `(request) => Response`, on any platform that has it.
 *
 * @module
 */

import type { Connection, Guard, GuardRule } from '../guard/index.ts'
import { withHeaders } from './guarding/answer-headers.ts'
import { fetchVisit } from './guarding/fetch-visit.ts'
import { createGate, type Guarded } from './guarding/gate.ts'
import type { GuardedService } from './guarding/service.ts'

export type { Guarded } from './guarding/gate.ts'
export { principalOf } from './guarding/pass.ts'
export type { GuardedService } from './guarding/service.ts'

/** A service on a platform that hands handlers more than the request. */
export interface FetchService<Rest extends readonly unknown[]> extends GuardedService {
  /** What the platform says of the connection. */
  readonly connection?: (request: Request, ...rest: Rest) => Connection
}

/**
 * Guards a handler, in which `request.principal` is known. The metadata of the resource is served too.
 *
 * Nothing is known of the connection unless `connection` says it; so not where callers are limited to
 * networks, or bound to certificates.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function fetchGuard<Rest extends readonly unknown[] = []>(
  guarding: Guard | FetchService<Rest>,
  rule: GuardRule | undefined,
  handler: (request: Request & Guarded, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const admit = createGate(guarding, rule, fetchVisit)
  const connectionOf = 'guard' in guarding ? guarding.connection : undefined
  return async (request, ...rest) => {
    const outcome = await admit(request, connectionOf?.(request, ...rest))
    if (!('principal' in outcome)) return outcome
    const { principal, headers } = outcome
    const answer = await handler(Object.assign(request, { principal }), ...rest)
    return withHeaders(answer, headers)
  }
}

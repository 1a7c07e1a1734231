/**
 * A guard around a handler of `node:http`, `node:https` or `node:http2`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GuardRule } from '../../guard/index.ts'
import { isLater } from '../../protocol/now-or-later.ts'
import type { Guarded } from './gate.ts'
import { createNodeGate, createNodeMetadata, type NodeResponse, sendAnswer } from './node-gate.ts'
import type { NodeRequest } from './node-visit.ts'
import type { Guarding } from './service.ts'

/**
 * Guards a handler, in which `request.principal` is known. The metadata of the resource is served too.
 *
 * A `Response` that the handler returns is sent, such as the refusal of `authorize`; what it throws
 * rejects the promise. A request to upgrade goes to whoever listens to the `upgrade` event of the
 * server, and so past every handler.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function nodeGuard<
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(
  guarding: Guarding,
  rule: GuardRule | undefined,
  handler: (request: Req & Guarded, response: Res) => unknown,
): (request: Req, response: Res) => Promise<void> {
  const enter = createNodeGate(guarding, rule)
  return async (request, response) => {
    const entered = enter(request, response)
    const principal = isLater(entered) ? await entered : entered
    if (principal === undefined) return
    await sendAnswer(await handler(Object.assign(request, { principal }), response), response)
  }
}

/**
 * Makes what serves the metadata of the resource, and says whether the request was for it; for guards
 * that do not stand before everything.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function nodeMetadata(
  guarding: Guarding,
): (request: NodeRequest, response: NodeResponse) => Promise<boolean> {
  return createNodeMetadata(guarding)
}

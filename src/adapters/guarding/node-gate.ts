/**
 * A gate whose answers are written the way of `node:http`, which Express and HTTP/2 share.
 *
 * @module
 */

import type { GuardRule, Principal } from '../../guard/index.ts'
import { andThen, type NowOrLater } from '../../protocol/now-or-later.ts'
import { merged } from './answer-headers.ts'
import { createGate, createMetadata } from './gate.ts'
import { type NodeRequest, nodeVisit } from './node-visit.ts'
import type { Guarding } from './service.ts'

/** An answer, as much of it as is written here. */
export interface NodeResponse {
  readonly headersSent: boolean
  statusCode: number
  getHeader(name: string): unknown
  setHeader(name: string, value: string): unknown
  end(body: Uint8Array): unknown
}

/** Makes the gate of one operation: nothing means that the request has been answered. It may throw, too. */
export function createNodeGate(
  guarding: Guarding,
  rule: GuardRule | undefined,
): (request: NodeRequest, response: NodeResponse) => NowOrLater<Principal | undefined> {
  const admit = createGate(guarding, rule, nodeVisit)
  return (request, response) =>
    andThen(admit(request), (outcome): NowOrLater<Principal | undefined> => {
      // By somebody who did not want to wait, such as a time limit.
      if (response.headersSent) return undefined
      if (!('principal' in outcome)) return send(outcome, response).then(() => undefined)
      for (const [name, value] of outcome.headers) {
        response.setHeader(name, merged(name, value, response.getHeader(name)))
      }
      return outcome.principal
    })
}

/** Makes what serves the metadata of a resource, and says whether the request was for it. */
export function createNodeMetadata(
  guarding: Guarding,
): (request: NodeRequest, response: NodeResponse) => Promise<boolean> {
  const find = createMetadata(guarding, nodeVisit)
  return async (request, response) => {
    const metadata = find(request)
    if (metadata !== undefined) await send(metadata, response)
    return metadata !== undefined
  }
}

/** Sends what a handler came back with, if that is an answer. */
export async function sendAnswer(outcome: unknown, response: NodeResponse): Promise<void> {
  if (outcome instanceof Response) await send(outcome, response)
}

/** Headers that others have set before, such as those of CORS, stay unless the answer has its own. */
async function send(answer: Response, response: NodeResponse): Promise<void> {
  const body = new Uint8Array(await answer.arrayBuffer())
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) response.setHeader(name, value)
  response.end(body)
}

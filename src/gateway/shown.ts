/**
 * What callers are shown of the answers of a server behind the gateway: only the tools that are for
 * them, and only the revisions that are spoken here.
 *
 * @module
 */

import {
  isRequest,
  isResponse,
  type JsonObject,
  type JsonRpcMessage,
} from '../protocol/json-rpc.ts'
import type { Revision } from '../protocol/mcp.ts'
import { spokenSince } from './envelope.ts'
import type { MountOptions } from './options.ts'
import type { ParamHeaders } from './param-headers.ts'
import { listedTools } from './policy.ts'
import type { Reach } from './reach.ts'
import type { RequestStates } from './request-states.ts'
import type { Owner } from './session.ts'
import type { StreamEvent } from './upstreams/upstream.ts'

/** Who is shown something, and what they asked for; a resumed stream brings the answer to any request. */
export interface Viewer {
  readonly caller: Owner
  readonly reach: Reach
  readonly asked?: JsonRpcMessage
}

/** Shows the answers of one mount. */
export class Showing {
  /** The revisions that the server behind was last heard to offer to modern callers. */
  offered: readonly Revision[] | undefined
  readonly #options: Pick<MountOptions, 'tools' | 'minRevision'>
  readonly #paramHeaders: ParamHeaders
  readonly #states: RequestStates

  constructor(
    options: Pick<MountOptions, 'tools' | 'minRevision'>,
    paramHeaders: ParamHeaders,
    states: RequestStates,
  ) {
    this.#options = options
    this.#paramHeaders = paramHeaders
    this.#states = states
  }

  /** A message as the viewer is to see it. */
  message<M extends JsonRpcMessage>(message: M, viewer: Viewer): M {
    if (!isResponse(message) || !('result' in message)) return message
    return { ...message, result: this.#result(message.result, viewer) }
  }

  /** The events of a stream as the viewer is to see them. */
  async *events(events: AsyncIterable<StreamEvent>, viewer: Viewer): AsyncGenerator<StreamEvent> {
    for await (const event of events) {
      const { message } = event
      yield message === undefined ? event : { ...event, message: this.message(message, viewer) }
    }
  }

  #result(answered: JsonObject, { caller, reach, asked }: Viewer): JsonObject {
    // What a token was needed for is not for everybody, whatever the server behind believes.
    const cacheScope = answered.cacheScope === undefined ? {} : { cacheScope: 'private' }
    const result = this.#states.seal({ ...answered, ...cacheScope }, caller, asked)
    const method = asked !== undefined && isRequest(asked) ? asked.method : undefined
    if (method === 'server/discover') return this.#discovered(result)
    if (method !== undefined && method !== 'tools/list') return result
    const listed = listedTools(this.#options.tools, result, reach)
    this.#paramHeaders.learn(caller, listed)
    return listed
  }

  #discovered(result: JsonObject): JsonObject {
    const { supportedVersions } = result
    if (!Array.isArray(supportedVersions)) return result
    const spoken = spokenSince(this.#options.minRevision)
    const offered = spoken.filter((revision) => supportedVersions.includes(revision))
    if (offered.length > 0) this.offered = offered
    return { ...result, supportedVersions: offered }
  }
}

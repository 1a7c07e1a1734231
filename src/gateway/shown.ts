/**
 * What callers are shown of what a server behind the gateway says: only the tools that are for them
 * and are what they were, only the revisions that are spoken here, and only addresses that may be
 * opened.
 *
 * @module
 */

import {
  isRequest,
  isResponse,
  type JsonObject,
  type JsonRpcMessage,
  type JsonRpcResponse,
  RpcError,
} from '../protocol/json-rpc.ts'
import type { Revision } from '../protocol/mcp.ts'
import type { Elicitations, Opener } from './elicitations.ts'
import { spokenSince } from './envelope.ts'
import type { MountOptions } from './options.ts'
import type { ParamHeaders } from './param-headers.ts'
import { listedTools } from './policy.ts'
import type { Reach } from './reach.ts'
import type { RequestStates } from './request-states.ts'
import type { Owner } from './session.ts'
import type { ToolPins } from './tool-pins.ts'
import type { StreamEvent } from './upstreams/upstream.ts'
import type { OnWithheld } from './withheld.ts'

/** Who is shown something, and what they asked for; a resumed stream brings the answer to any request. */
export interface Viewer {
  readonly caller: Owner
  readonly principal: Opener
  readonly reach: Reach
  readonly asked?: JsonRpcMessage
  readonly onWithheld: OnWithheld
}

/** What answers are held against, beside the options of their mount. */
export interface ShowingParts {
  readonly paramHeaders: ParamHeaders
  readonly states: RequestStates
  readonly elicitations: Elicitations
  readonly pins: ToolPins
}

/** Shows what one mount says. */
export class Showing {
  /** The revisions that the server behind was last heard to offer to modern callers. */
  offered: readonly Revision[] | undefined
  readonly #options: Pick<MountOptions, 'tools' | 'minRevision'>
  readonly #paramHeaders: ParamHeaders
  readonly #states: RequestStates
  readonly #elicitations: Elicitations
  readonly #pins: ToolPins

  constructor(options: Pick<MountOptions, 'tools' | 'minRevision'>, parts: ShowingParts) {
    this.#options = options
    this.#paramHeaders = parts.paramHeaders
    this.#states = parts.states
    this.#elicitations = parts.elicitations
    this.#pins = parts.pins
  }

  /**
   * An answer as the viewer is to see it.
   *
   * @throws {StoreUnavailable} if it lists tools, and it cannot be known which were approved.
   */
  async answer(answer: JsonRpcResponse, viewer: Viewer): Promise<JsonRpcResponse> {
    const linked = withheldOr(answer, viewer, () =>
      this.#elicitations.answer(answer, viewer.principal),
    )
    if (linked instanceof RpcError) return linked.toMessage(answer.id)
    if (!('result' in linked)) return linked
    return { ...linked, result: await this.#result(linked.result, viewer) }
  }

  /** The events of a stream as the viewer is to see them. */
  async *events(events: AsyncIterable<StreamEvent>, viewer: Viewer): AsyncGenerator<StreamEvent> {
    for await (const { message, ...rest } of events) {
      const shown = message === undefined ? undefined : await this.#message(message, viewer)
      if (shown !== undefined) yield { ...rest, message: shown }
      else if (Object.keys(rest).length > 0) yield rest
    }
  }

  /** A message as the viewer is to see it; nothing if they are not to. */
  async #message(message: JsonRpcMessage, viewer: Viewer): Promise<JsonRpcMessage | undefined> {
    if (isResponse(message)) return await this.answer(message, viewer)
    const linked = withheldOr(message, viewer, () =>
      this.#elicitations.call(message, viewer.principal),
    )
    return linked instanceof RpcError ? undefined : linked
  }

  async #result(answered: JsonObject, viewer: Viewer): Promise<JsonObject> {
    const { caller, principal, reach, asked } = viewer
    // What a token was needed for is not for everybody, whatever the server behind believes.
    const cacheScope = answered.cacheScope === undefined ? {} : { cacheScope: 'private' }
    const result = this.#states.seal({ ...answered, ...cacheScope }, caller, asked)
    const method = asked !== undefined && isRequest(asked) ? asked.method : undefined
    if (method === 'server/discover') return this.#discovered(result)
    if (method !== undefined && method !== 'tools/list') return result
    const { correlationId } = principal
    const pinned = await this.#pins.listed(result, { ...caller, correlationId })
    const listed = listedTools(this.#options.tools, pinned, reach)
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

/** What the viewer is shown of a message, or why they are not. */
function withheldOr<M extends JsonRpcMessage>(
  message: M,
  { onWithheld }: Viewer,
  show: () => M,
): M | RpcError {
  try {
    return show()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    onWithheld(message, error)
    return error
  }
}

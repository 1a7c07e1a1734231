/**
 * Which transport a server speaks, found out with the first message that tells.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#backwards-compatibility | Backwards compatibility}
 * @module
 */

import { RpcError } from '../protocol/json-rpc.ts'
import { HttpSse } from './http-sse.ts'
import { type Carried, isOpening } from './message.ts'
import { Refused } from './refused.ts'
import type { Passage, Remote, RemoteContext } from './remote.ts'
import { StreamableHttp } from './streamable-http.ts'

/** The transports that are tried, in their order. */
export type TransportStrategy = 'http-first' | 'sse-first' | 'http-only' | 'sse-only'

/** Makes the way to a server. */
export function createRemote(context: RemoteContext, strategy: TransportStrategy): Remote {
  if (strategy === 'http-only') return new StreamableHttp(context)
  if (strategy === 'sse-only') return new HttpSse(context)
  return new ChosenTransport(context, strategy)
}

class ChosenTransport implements Remote {
  readonly #context: RemoteContext
  readonly #strategy: 'http-first' | 'sse-first'
  #remote: Remote
  #isChosen = false

  constructor(context: RemoteContext, strategy: 'http-first' | 'sse-first') {
    this.#context = context
    this.#strategy = strategy
    this.#remote = new StreamableHttp(context)
  }

  async send(carried: Carried, passage: Passage): Promise<void> {
    if (this.#isChosen) return this.#remote.send(carried, passage)
    if (this.#strategy === 'sse-first') {
      const found = await this.#find(passage.signal)
      this.#choose(found ?? this.#remote)
      return this.#remote.send(carried, passage)
    }
    try {
      await this.#remote.send(carried, passage)
      if (isOpening(carried)) this.#isChosen = true
    } catch (error) {
      const found =
        isOpening(carried) && isNoPost(error) ? await this.#find(passage.signal) : undefined
      if (found === undefined) throw error
      this.#choose(found)
      await found.send(carried, passage)
    }
  }

  wake(): void {
    this.#remote.wake()
  }

  close(): Promise<void> {
    return this.#remote.close()
  }

  /** The old transport, if the server speaks it. */
  async #find(signal: AbortSignal): Promise<HttpSse | undefined> {
    const remote = new HttpSse(this.#context)
    try {
      await remote.open(signal)
      return remote
    } catch (error) {
      if (error instanceof Refused || error instanceof RpcError) return undefined
      throw error
    }
  }

  #choose(remote: Remote): void {
    this.#remote = remote
    this.#isChosen = true
  }
}

/** Whether a refusal says that nothing is posted there, rather than that the message is wrong. */
const isNoPost = (error: unknown): boolean =>
  error instanceof Refused &&
  ([404, 405].includes(error.status) || (error.status === 400 && error.carried === undefined))

/**
 * A server that speaks the transport of 2024-11-05: one stream that everything comes by, and an address
 * to post to that the stream begins with.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse | HTTP with SSE}
 * @module
 */

import { isRequest, isResponse, type RequestId, RpcError } from '../protocol/json-rpc.ts'
import type { SseEvent } from '../protocol/sse.ts'
import { lost } from './answer-stream.ts'
import { isEventStream, readStream } from './event-stream.ts'
import type { HttpAnswer } from './http.ts'
import type { Opening } from './legacy-session.ts'
import { type Carried, isOpening } from './message.ts'
import { orAborted, Patience } from './patience.ts'
import { checkStatus, isSessionLost, Refused } from './refused.ts'
import type { Passage, Remote, RemoteContext } from './remote.ts'
import { serverReader } from './server-text.ts'

/** How long a server may take to say where to post to. */
const ENDPOINT_MS = 10_000

/** Who waits for an answer. */
interface Waiting {
  resolve(): void
  reject(error: unknown): void
}

/** A stream, and what belongs to it. */
interface Link {
  readonly endpoint: string
  readonly ended: AbortController
  readonly waiting: Map<RequestId, Waiting>
  /** Answers that the client has had already. */
  readonly swallowed: Set<RequestId>
}

/** A stream that is open, or being opened. */
interface Linking {
  readonly link: Promise<Link>
  readonly ended: AbortController
  readonly isBackground: boolean
  readonly isOpen: boolean
}

/** Speaks to the server whose stream is at the context's URL. */
export class HttpSse implements Remote {
  readonly #context: RemoteContext
  readonly #patience: Patience
  readonly #read: (text: string) => readonly Carried[]
  #linking: Linking | undefined
  #opening: Opening | undefined
  readonly #closed = new AbortController()

  constructor(context: RemoteContext) {
    this.#context = context
    this.#patience = new Patience(context)
    this.#read = serverReader(context.tell)
  }

  /**
   * Opens the stream.
   *
   * @throws {Refused} or {RpcError} if this server has no such stream.
   */
  async open(signal: AbortSignal): Promise<void> {
    await this.#linked(signal)
  }

  async send(carried: Carried, passage: Passage): Promise<void> {
    const { message } = carried
    if (isOpening(carried)) this.#opening = { initialize: carried }
    for (let attempt = 0; ; attempt++) {
      const link = await this.#linked(passage.signal)
      try {
        await this.#exchange(link, carried, passage)
        break
      } catch (error) {
        if (!(error instanceof Refused) || !isSessionLost(error) || attempt > 0) throw error
        this.#leave(link)
      }
    }
    const isInitialized = 'method' in message && message.method === 'notifications/initialized'
    if (isInitialized && this.#opening !== undefined) {
      this.#opening = { ...this.#opening, initialized: carried }
    }
  }

  wake(): void {
    this.#context.http.refresh()
    // What is only being opened notices by itself.
    if (this.#linking?.isOpen === true) this.#linking.link.then((link) => this.#broken(link))
  }

  async close(): Promise<void> {
    // Also of what is just being opened, by a server that may never answer.
    this.#closed.abort(new Error('closed'))
    const link = await this.#linking?.link.catch(() => undefined)
    if (link !== undefined) this.#leave(link)
  }

  /** Posts a message, and waits for the answer of a request. */
  async #exchange(
    link: Link,
    carried: Carried,
    { signal, onSent, isBackground }: Passage & { readonly isBackground?: boolean },
  ): Promise<void> {
    const { message, text } = carried
    const answered = isRequest(message) ? this.#awaited(link, message.id, signal) : undefined
    // Whether it is posted comes first; what it throws then is heard below.
    answered?.catch(() => {})
    try {
      const headers = { accept: '*/*', 'content-type': 'application/json' }
      const common = { method: 'POST', url: link.endpoint, headers, body: text } as const
      const taken = await this.#patience.send({ ...common, signal, onSent, isBackground })
      await checkStatus(taken)
      taken.close()
      await answered
    } finally {
      if (isRequest(message)) link.waiting.delete(message.id)
    }
  }

  #awaited(link: Link, id: RequestId, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      link.waiting.set(id, { resolve, reject })
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  /** The stream in use, or another. Who opens it may leave again: the others go on with it. */
  #linked(signal: AbortSignal): Promise<Link> {
    const linking = this.#linking
    // What is opened in the background waits for as long as it takes, and asks nobody.
    if (linking?.isBackground === true && !linking.isOpen) this.#abandon(linking)
    return orAborted((this.#linking ?? this.#start(false)).link, signal)
  }

  #start(isBackground: boolean): Linking {
    const ended = new AbortController()
    const link = this.#openLink(ended, isBackground)
    const linking = { link, ended, isBackground, isOpen: false }
    link.then(
      () => {
        linking.isOpen = true
      },
      () => this.#abandon(linking),
    )
    this.#linking = linking
    return linking
  }

  #abandon({ ended }: Pick<Linking, 'ended'>): void {
    if (this.#linking?.ended === ended) this.#linking = undefined
    ended.abort(new Error('left'))
  }

  async #openLink(ended: AbortController, isBackground: boolean): Promise<Link> {
    const { url } = this.#context
    const request = { method: 'GET', url, headers: { accept: 'text/event-stream' } } as const
    const signal = AbortSignal.any([ended.signal, this.#closed.signal])
    const answer = await this.#patience.send({ ...request, isBackground, signal }, isBackground)
    await checkStatus(answer)
    if (!isEventStream(answer)) {
      answer.close()
      throw new RpcError(
        502,
        'The server has no stream of events at this address. Look at the address, or use --transport http-only.',
      )
    }
    const link = await this.#begun(answer, ended)
    await this.#openAgain(link, isBackground)
    return link
  }

  /** Reads the stream; resolves when it has said where to post to. */
  #begun(answer: HttpAnswer, ended: AbortController): Promise<Link> {
    const { timers, limits } = this.#context
    return new Promise((resolve, reject) => {
      let link: Link | undefined
      ended.signal.addEventListener('abort', () => answer.close(), { once: true })
      const callOff = timers.after(ENDPOINT_MS, () => ended.abort(new Error('no endpoint came')))
      const onEvent = async ({ type, data }: SseEvent) => {
        if (data === undefined) return
        if (link !== undefined) return type === undefined ? this.#hear(link, data) : undefined
        if (type !== 'endpoint') return
        callOff()
        const endpoint = this.#endpointOf(data)
        link = { endpoint, ended, waiting: new Map(), swallowed: new Set() }
        resolve(link)
      }
      const start = { id: undefined, retryMs: undefined }
      const reading = { maxChars: limits.messageBytes, otherType: 'endpoint', onEvent }
      readStream(answer, start, reading).then(
        () => {
          callOff()
          if (link === undefined)
            reject(
              new RpcError(
                502,
                'The stream of events ended before it said where to post to. Try again, or use --transport http-only.',
              ),
            )
          else this.#broken(link)
        },
        (error: unknown) => {
          callOff()
          if (link === undefined) reject(error)
          else this.#broken(link)
        },
      )
    })
  }

  /** @throws {RpcError} for an address elsewhere: what is posted there has a token. */
  #endpointOf(data: string): string {
    const { url } = this.#context
    const endpoint = URL.canParse(data, url) ? new URL(data, url) : undefined
    if (endpoint !== undefined && endpoint.origin === new URL(url).origin) return endpoint.href
    throw new RpcError(
      502,
      'The server wants messages posted to another host, which is not done. Use the address of that host.',
    )
  }

  async #hear(link: Link, data: string): Promise<void> {
    for (const carried of this.#read(data)) {
      const { message } = carried
      const id = isResponse(message) ? message.id : undefined
      if (id === undefined || !link.swallowed.delete(id)) await this.#context.deliver(carried)
      if (id !== undefined) link.waiting.get(id)?.resolve()
    }
  }

  /** The stream is over: what it would have brought does not come, and the next one is opened. */
  #broken(link: Link): void {
    const isCurrent = this.#linking?.ended === link.ended
    this.#leave(link)
    if (isCurrent && !this.#closed.signal.aborted) this.#reopen()
  }

  #reopen(): void {
    const { link, ended } = this.#start(true)
    link.catch((error: unknown) => {
      // Another may have been opened meanwhile, for somebody who waits.
      if (this.#closed.signal.aborted || (this.#linking?.ended ?? ended) !== ended) return
      this.#context.tell(`What the server says by itself is not heard for now. ${String(error)}`)
    })
  }

  #leave(link: Link): void {
    this.#abandon(link)
    for (const { reject } of link.waiting.values()) reject(lost())
    link.waiting.clear()
  }

  /** Makes a new stream what the client made of the first. */
  async #openAgain(link: Link, isBackground: boolean): Promise<void> {
    const { initialize, initialized } = this.#opening ?? {}
    if (initialize === undefined || initialized === undefined) return
    const passage = { signal: link.ended.signal, onSent: () => {}, isBackground }
    link.swallowed.add(initialize.message.id)
    await this.#exchange(link, initialize, passage)
    await this.#exchange(link, initialized, passage)
    this.#context.tell('The server had lost the session. It was opened again.')
  }
}

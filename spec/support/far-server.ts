/** An MCP server that is elsewhere, as a handler: of either era, and as faulty as a test wants it. */

/** A message as it was sent. */
export interface Sent {
  readonly jsonrpc?: string
  readonly id?: string | number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
}

/** A request that arrived. */
export interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  readonly message: Sent | undefined
  /** Whoever asked has hung up. */
  readonly signal: AbortSignal
}

/** A stream of events that a test writes. */
export interface Stream {
  readonly response: Response
  event(data: unknown, id?: string): void
  raw(text: string): void
  end(): void
  break(): void
}

export function stream(headers: Readonly<Record<string, string>> = {}): Stream {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
  })
  const raw = (text: string) => controller?.enqueue(new TextEncoder().encode(text))
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream', ...headers } }),
    event: (data, id) =>
      raw(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
    raw,
    end: () => controller?.close(),
    break: () => controller?.error(new Error('the network is gone')),
  }
}

export const json = (value: unknown, init: ResponseInit = {}) => Response.json(value, init)

export const result = (message: Sent | undefined, value: unknown = {}) => ({
  jsonrpc: '2.0',
  id: message?.id,
  result: value,
})

type Answer = (arrived: Arrived) => Response | Promise<Response> | undefined

/** A server with sessions, of 2025-11-25. What a test puts into `before` answers first. */
export class FarServer {
  readonly arrived: Arrived[] = []
  /** The sessions that it knows. */
  readonly sessions = new Set<string>()
  /** The standing streams, in the order in which they were asked for. */
  readonly standing: Stream[] = []
  revision = '2025-11-25'
  hasStreams = true
  before: Answer = () => undefined

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const body = await request.text()
    const message: Sent | undefined = body === '' ? undefined : JSON.parse(body)
    const { method, url, headers, signal } = request
    const arrived = { method, url, headers, body, message, signal }
    this.arrived.push(arrived)
    return (await this.before(arrived)) ?? this.#answer(arrived)
  }

  /** The methods of the messages that were posted. */
  get methods(): (string | undefined)[] {
    return this.arrived.flatMap(({ method, message }) =>
      method === 'POST' ? [message?.method ?? 'response'] : [],
    )
  }

  last(method: string): Arrived | undefined {
    return this.arrived.findLast(({ message, method: http }) =>
      [message?.method, http].includes(method),
    )
  }

  #answer({ method, headers, message, signal }: Arrived): Response {
    const id = headers.get('mcp-session-id')
    if (message?.method === 'initialize') return this.#open(message)
    if (id === null || !this.sessions.has(id)) return new Response(null, { status: 404 })
    if (method === 'GET') return this.#stand(signal)
    if (method === 'DELETE') {
      this.sessions.delete(id)
      return new Response(null, { status: 204 })
    }
    if (message?.id === undefined || message.method === undefined) {
      return new Response(null, { status: 202 })
    }
    return json(result(message, { of: message.method }))
  }

  #open(message: Sent): Response {
    const id = `session-${this.arrived.length}`
    this.sessions.add(id)
    const opened = { protocolVersion: this.revision, capabilities: {}, serverInfo: {} }
    return json(result(message, opened), { headers: { 'mcp-session-id': id } })
  }

  #stand(signal: AbortSignal): Response {
    if (!this.hasStreams) return new Response(null, { status: 405 })
    const standing = stream()
    this.standing.push(standing)
    // As on a network, where whoever hangs up hears nothing more.
    signal.addEventListener('abort', standing.break, { once: true })
    return standing.response
  }
}

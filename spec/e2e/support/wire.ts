/** A `fetch` that remembers what went over the wire, so that tests see what clients saw. */

/** A request and the head of its answer. */
export interface WireExchange {
  readonly method: string
  readonly url: string
  readonly requestHeaders: Headers
  readonly body: string
  readonly status: number
  readonly headers: Headers
}

export class Wire {
  readonly exchanges: WireExchange[] = []

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init)
    const { status, headers } = response
    this.exchanges.push({
      method: init?.method ?? 'GET',
      url: input instanceof Request ? input.url : String(input),
      requestHeaders: new Headers(init?.headers),
      body: init?.body === undefined || init.body === null ? '' : String(init.body),
      status,
      headers,
    })
    return response
  }

  /** The last exchange with this status. */
  last(status: number): WireExchange {
    const found = this.exchanges.findLast((exchange) => exchange.status === status)
    if (found === undefined) throw new Error(`Nothing was answered ${status}.`)
    return found
  }

  /** The answers from an address, oldest first. */
  answers(path: string): readonly WireExchange[] {
    return this.exchanges.filter(({ url }) => new URL(url).pathname === path)
  }
}

/** A parameter of a Bearer challenge. */
export function challenged({ headers }: WireExchange, parameter: string): string | undefined {
  const challenge = headers.get('www-authenticate') ?? ''
  return new RegExp(`[ ,]${parameter}="([^"]*)"`).exec(challenge)?.[1]
}

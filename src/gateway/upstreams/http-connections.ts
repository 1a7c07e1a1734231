/**
 * Connections that are kept to one server.
 *
 * The client of HTTP is loaded with the first request: it takes 20 MB, and many gateways have nothing
 * behind them but programs.
 *
 * @module
 */

import type { Agent, Dispatcher, request } from 'undici'

type Sent = NonNullable<Parameters<typeof request<null>>[1]>

interface Open {
  readonly request: typeof request
  readonly agent: Agent
}

/** Opened by the first request. */
export class HttpConnections {
  #opened: Promise<Open> | undefined

  /** Sends a request over one of them. */
  async request(url: string, options: Sent): Promise<Dispatcher.ResponseData> {
    this.#opened ??= open()
    const opened = await this.#opened
    return opened.request(url, { ...options, dispatcher: opened.agent })
  }

  /** Ends them once what is under way is over. */
  async close(): Promise<void> {
    const opened = await this.#opened
    await opened?.agent.close()
  }
}

async function open(): Promise<Open> {
  const undici = await import('undici')
  // The bounds are our own (silence, caps): undici's idle limits would end quiet streams.
  const agent = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return { request: undici.request, agent }
}

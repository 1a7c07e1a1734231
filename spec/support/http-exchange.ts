/** Requests as they are written here, whatever `fetch` would make of them. */

import { type ClientRequest, type IncomingMessage, request } from 'node:http'

/** A request: its headers as names and values, in their order and as often as they come. */
export interface Asked {
  readonly method?: string
  /** The request target, as it is sent. */
  readonly path?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

/** What was answered. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Sends a request to a port of this machine. A `Host` is added unless there is one. */
export async function exchange(port: number, asked: Asked = {}): Promise<Answered> {
  const sent = open(port, asked)
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject)
    // Whoever asks to upgrade and is let do it would never get a response.
    sent.on('upgrade', () => reject(new Error('The connection was upgraded.')))
  })
  sent.end(asked.body)
  const response = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return {
    status: response.statusCode ?? 0,
    headers: headersOf(response),
    body: Buffer.concat(chunks).toString(),
  }
}

/** Begins a request whose body is not written yet. */
export function open(port: number, { method, path = '/mcp', headers = [] }: Asked): ClientRequest {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const all = hasHost ? headers : [['Host', `127.0.0.1:${port}`] as const, ...headers]
  return request({
    host: '127.0.0.1',
    port,
    method: method ?? 'GET',
    path,
    // A list is sent as it stands.
    headers: all.flat(),
    agent: false,
  })
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  }
  return headers
}

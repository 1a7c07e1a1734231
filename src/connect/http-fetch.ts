/**
 * A `fetch` that goes the same way as the messages, so that a program needs one way to the network.
 *
 * @module
 */

import type { Http, HttpAnswer } from './http.ts'

/** Whether answers with this status have no body. */
const isEmpty = (status: number): boolean => [204, 205, 304].includes(status)

/** Sends by an {@link Http}. Redirects are answers, and bodies are text. */
export const httpFetch =
  (http: Http): typeof globalThis.fetch =>
  async (input, init) =>
    responseOf(await http.send(await partsOf(input, init)))

async function partsOf(input: string | URL | Request, init: RequestInit | undefined) {
  const request = new Request(input, init)
  return {
    ...{ method: request.method, url: request.url, signal: request.signal },
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? undefined : await request.text(),
  }
}

/** The headers of answers that anybody here looks at. */
const READ = [
  ...['cache-control', 'content-type', 'dpop-nonce', 'etag', 'location', 'mcp-session-id'],
  ...['retry-after', 'www-authenticate'],
]

function responseOf(answer: HttpAnswer): Response {
  const headers = READ.flatMap((name): [string, string][] => {
    const value = answer.header(name)
    return value === undefined ? [] : [[name, value]]
  })
  for (const cookie of answer.cookies) headers.push(['set-cookie', cookie])
  const { status } = answer
  if (!isEmpty(status)) return new Response(streamOf(answer), { status, headers })
  answer.close()
  return new Response(null, { status, headers })
}

function streamOf(answer: HttpAnswer): ReadableStream<Uint8Array> {
  const pieces = answer.body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const piece = await pieces.next()
      if (piece.done === true) controller.close()
      else controller.enqueue(piece.value)
    },
    cancel: () => answer.close(),
  })
}

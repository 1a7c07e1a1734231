/**
 * Requests by a `fetch`: for proxies, for platforms that have nothing else, and for handlers that are no
 * server at all.
 *
 * @module
 */

import { ClientError } from '../client/errors.ts'
import { type Http, type HttpAnswer, NoAnswer } from './http.ts'

/** Sends by a `fetch`. What failed may have been sent, unless it says otherwise. */
export const fetchHttp = (fetch: typeof globalThis.fetch): Http => ({
  async send({ method, url, headers, body, signal, onSent }) {
    const init = { method, headers, signal, ...(body === undefined ? {} : { body }) }
    try {
      const answered = fetch(url, { ...init, redirect: 'manual' })
      onSent?.()
      return answerOf(await answered)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      if (cause instanceof NoAnswer || cause instanceof ClientError) throw cause
      throw new NoAnswer(reasonOf(cause), {
        wasSent: !isConnectionless(cause),
        isPassing: true,
        cause,
      })
    }
  },
  refresh() {},
  close() {},
})

/** An answer that a `fetch` gave. */
function answerOf(response: Response): HttpAnswer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    cookies: response.headers.getSetCookie(),
    body: piecesOf(response.body),
    // A stream that is being read cannot be cancelled; its reader ends it.
    close: () => void response.body?.cancel().catch(() => {}),
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
      yield part.value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** The innermost cause, where clients of the network hide the reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? codeOf(error) : reasonOf(error.cause)
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message

/** Whether there was no connection that anything could have gone over. */
const isConnectionless = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(reasonOf(error))

/**
 * One HTTP request to a server behind the gateway, with bounds of our own.
 *
 * Redirects are not followed: the operator named one address, and an answer from another is not
 * from the server that was meant. Nothing of the server's headers is handed on except what
 * {@link HttpAnswer} names.
 *
 * @module
 */

import { WarderError } from '../../errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { refusal } from '../refusal.ts'
import type { Timers } from './child/index.ts'
import type { HttpConnections } from './http-connections.ts'
import { Silence } from './silence.ts'

/** What is sent. */
export interface HttpCall {
  readonly connections: HttpConnections
  readonly url: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal
  readonly timers: Timers
  readonly silenceMs: number
  readonly maxAnswerBytes: number
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number
  /** The media type without its parameters, in lower case. */
  readonly mediaType: string
  readonly sessionId: string | undefined
  /** The body, piece by piece as it arrives. Must be read or closed. */
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body as JSON; nothing if it is none. */
  json(): Promise<unknown>
  close(): void
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

const silent = () =>
  refusal(504, 'The server behind the gateway did not answer in time. Try again later.')

/**
 * Sends a request and waits for the head of its answer.
 *
 * @throws {RpcError} 502 if the server cannot be reached, 504 if it stays silent.
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const ended = new AbortController()
  const silence = new Silence(call.timers, call.silenceMs, () => ended.abort(silent()))
  const signal = AbortSignal.any([call.signal, ended.signal])
  try {
    const { statusCode, headers, body } = await call.connections.request(call.url, {
      method: call.method,
      headers: { ...call.headers },
      body: call.body ?? null,
      signal,
    })
    // Whoever reads the body hears of its errors; when nobody does, they must not end the process.
    body.on('error', () => {})
    silence.heard()
    const close = () => {
      silence.stop()
      body.destroy()
    }
    const pieces = heard(body, { silence, signal, close })
    const mediaType = (first(headers['content-type']) ?? '').split(';')[0] ?? ''
    return {
      status: statusCode,
      mediaType: mediaType.trim().toLowerCase(),
      sessionId: first(headers['mcp-session-id']),
      body: pieces,
      json: () => readJson(pieces, call.maxAnswerBytes),
      close,
    }
  } catch (cause) {
    silence.stop()
    throw asRefusal(cause, signal)
  }
}

async function* heard(
  body: AsyncIterable<Uint8Array>,
  { silence, signal, close }: { silence: Silence; signal: AbortSignal; close: () => void },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) {
      silence.heard()
      yield piece
      silence.heard()
    }
  } catch (cause) {
    throw asRefusal(cause, signal)
  } finally {
    close()
  }
}

function asRefusal(cause: unknown, signal: AbortSignal): Error {
  if (signal.aborted && signal.reason instanceof WarderError) return signal.reason
  if (cause instanceof WarderError) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  return refusal(502, 'The server behind the gateway cannot be reached. Try again later.', {
    cause,
    detail,
  })
}

async function readJson(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<unknown> {
  const read: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > maxBytes) {
      throw refusal(502, 'The server behind the gateway answered with more than is allowed.', {
        detail: `more than ${maxBytes} bytes; see the setting maxAnswerBytes`,
      })
    }
    read.push(piece)
  }
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(read)))
  } catch {
    // An answer that is no JSON is no JSON-RPC answer; what it was is not for the caller.
    return undefined
  }
}

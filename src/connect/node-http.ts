/**
 * Requests by the machine's own client of HTTP. It is there when the process starts, which a `fetch` is
 * not: that compiles a parser of its own at first.
 *
 * @module
 */

import { Agent as HttpAgent, type IncomingMessage, request as requestByHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestByHttps } from 'node:https'
import { systemTimers, type Timers } from '../timers.ts'
import { type Http, type HttpAnswer, type HttpRequest, NoAnswer } from './http.ts'

/** How connections are made. */
export interface NodeHttpOptions {
  /** How long one may take to come about; 10 s unless told. */
  readonly connectTimeoutMs?: number | undefined
  /** Only addresses of IPv4. */
  readonly isIpv4Only?: boolean | undefined
  readonly timers?: Timers
}

/** When a peer is asked whether it is still there, so that a lost network is noticed. */
const PROBE_AFTER_MS = 30_000

/** What may be over in a moment. */
const PASSING: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
]

/** Connections are kept, and used again. */
export function nodeHttp(options: NodeHttpOptions = {}): Http {
  const { connectTimeoutMs = 10_000, isIpv4Only = false, timers = systemTimers } = options
  const kept = {
    keepAlive: true,
    keepAliveMsecs: PROBE_AFTER_MS,
    ...(isIpv4Only ? { family: 4 } : {}),
  }
  const open = () => ({ plain: new HttpAgent(kept), tls: new HttpsAgent(kept) })
  let agents = open()

  function start({ url, method, headers, body, signal }: HttpRequest) {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const rest = { method, headers: { ...headers, ...length }, signal }
    const target = new URL(url)
    return target.protocol === 'https:'
      ? requestByHttps(target, { ...rest, agent: agents.tls })
      : requestByHttp(target, { ...rest, agent: agents.plain })
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const asked = start(request)
        let isConnected = false
        let callOff = () => {}
        asked.on('socket', (socket) => {
          isConnected = !socket.connecting
          if (isConnected) return
          const late = new Error(`no connection in ${connectTimeoutMs / 1000} s`)
          callOff = timers.after(connectTimeoutMs, () => {
            asked.destroy(Object.assign(late, { code: 'ETIMEDOUT' }))
          })
          socket.once(request.url.startsWith('https:') ? 'secureConnect' : 'connect', () => {
            isConnected = true
            callOff()
          })
        })
        asked.on('response', (response) => resolve(answerOf(response)))
        asked.on('error', (error: NodeJS.ErrnoException) => {
          callOff()
          if (request.signal.aborted) return reject(request.signal.reason)
          // A connection that was kept and is gone had not taken it: the peer closed it before.
          const wasStale = asked.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
          reject(
            new NoAnswer(error.code ?? error.message, {
              wasSent: isConnected && !wasStale,
              isPassing: PASSING.includes(error.code ?? ''),
              cause: error,
            }),
          )
        })
        asked.end(request.body, request.onSent)
      }),

    refresh() {
      const { plain, tls } = agents
      agents = open()
      // What is under way on them goes on.
      for (const sockets of [plain.freeSockets, tls.freeSockets]) {
        for (const socket of Object.values(sockets).flat()) socket?.destroy()
      }
    },

    close() {
      agents.plain.destroy()
      agents.tls.destroy()
    },
  }
}

function answerOf(response: IncomingMessage): HttpAnswer {
  // Whoever reads the body hears of its errors; when nobody does, they must not end the process.
  response.on('error', () => {})
  return {
    status: response.statusCode ?? 0,
    header(name) {
      const value = response.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    cookies: response.headers['set-cookie'] ?? [],
    body: response,
    close: () => void response.destroy(),
  }
}

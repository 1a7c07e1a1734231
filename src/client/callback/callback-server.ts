/**
 * Waits on this machine for the one answer that belongs to a sign-in.
 *
 * Whatever else comes (another path, another host name, another `state`, a second answer) gets a refusal
 * and changes nothing. What the good answer is worth is found out before its page says so.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7.3 | RFC 8252 §7.3}
 * @module
 */

import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Platform, randomToken } from '../../platform.ts'
import type { Timers } from '../../timers.ts'
import { ClientError } from '../errors.ts'
import { type CallbackNames, type CallbackOutcome, callbackPage } from './callback-page.tsx'
import { type LoopbackHost, listen } from './listening.ts'

/** Where to listen, and for whom. */
export interface CallbackServerOptions {
  readonly host: LoopbackHost
  readonly ports: readonly number[]
  /** Such as `/callback`. */
  readonly path: string
  readonly clientName: string
  readonly platform: Platform
  readonly timers: Timers
}

/** What is waited for. */
export interface AwaitedAnswer<Result> {
  readonly state: string
  /** Named on the page. */
  readonly serverHost: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly finish: (callbackUrl: string) => Promise<Result>
}

/** A server that waits for one answer. */
export interface CallbackServer {
  readonly redirectUri: string
  /** @throws {ClientError} `timed_out`, or what `finish` throws. */
  answer<Result>(awaited: AwaitedAnswer<Result>): Promise<Result>
  close(): Promise<void>
}

/** What a request is answered with by whoever waits. */
type Waiter = (callbackUrl: string) => Promise<CallbackOutcome>

/**
 * Starts to listen.
 *
 * @throws {ClientError} `callback_unavailable` if no port can be had.
 */
export async function startCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  const { path, clientName, platform, timers } = options
  let waiting:
    | { readonly state: string; readonly serverHost: string; readonly waiter: Waiter }
    | undefined

  let giveUp = () => {}

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [asked = '', query] = (request.url ?? '').split(/\?(.*)/s)
    const isCallback = request.method === 'GET' && request.headers.host === host && asked === path
    // A browser that only looks ahead shows nobody what became of it; it comes again.
    const isAhead = 'sec-purpose' in request.headers || 'purpose' in request.headers
    if (!isCallback || isAhead) return refuse(response)
    const callbackUrl = `${redirectUri}?${query ?? ''}`
    const taken = waiting !== undefined && carries(callbackUrl, waiting.state) ? waiting : undefined
    const names: CallbackNames = { clientName, serverHost: taken?.serverHost ?? 'the server' }
    // From here on, the same answer once more is one too many.
    if (taken !== undefined) waiting = undefined
    const outcome = taken === undefined ? unexpected : await taken.waiter(callbackUrl)
    await show(response, callbackPage(outcome, { names, nonce: randomToken(platform, 16) }))
  }

  const serving = new Set<Promise<void>>()
  const listening = await listen(options.host, options.ports, (request, response) => {
    const served = serve(request, response).catch(() => void response.destroy())
    serving.add(served)
    served.finally(() => serving.delete(served))
  })
  const host = `${options.host}:${listening.port}`
  const redirectUri = `http://${host}${path}`

  return {
    redirectUri,
    answer: ({ state, serverHost, timeoutMs, signal, finish }) =>
      new Promise((resolve, reject) => {
        const stop = (cause: unknown) => {
          waiting = undefined
          callOff()
          signal?.removeEventListener('abort', onAbort)
          reject(cause)
        }
        giveUp = () => stop(new ClientError('timed_out', 'Waiting was called off.'))
        const onAbort = () => stop(signal?.reason)
        const callOff = timers.after(timeoutMs, () =>
          stop(new ClientError('timed_out', 'Nobody came back from the sign-in. Start it again.')),
        )
        if (signal?.aborted === true) return onAbort()
        signal?.addEventListener('abort', onAbort, { once: true })
        const waiter: Waiter = async (callbackUrl) => {
          callOff()
          signal?.removeEventListener('abort', onAbort)
          try {
            resolve(await finish(callbackUrl))
            return { kind: 'signed in' }
          } catch (cause) {
            reject(cause)
            return outcomeOf(cause)
          }
        }
        waiting = { state, serverHost, waiter }
      }),
    async close() {
      // Whoever brought the answer is still to be told what became of it.
      await Promise.all(serving)
      giveUp()
      await listening.close()
    },
  }
}

const unexpected: CallbackOutcome = { kind: 'unexpected' }

/** Whether an answer has the state that is waited for, and only once. */
function carries(callbackUrl: string, state: string): boolean {
  const [sent = '', ...more] = new URL(callbackUrl).searchParams.getAll('state')
  const [a, b] = [Buffer.from(sent), Buffer.from(state)]
  return more.length === 0 && a.length === b.length && timingSafeEqual(a, b)
}

/** What a failure is called on the page. Of our own errors the message is ours; of others nothing is told. */
function outcomeOf(cause: unknown): CallbackOutcome {
  if (!(cause instanceof ClientError)) {
    return { kind: 'failed', advice: 'The program that waits can say more.' }
  }
  return cause.code === 'refused' ? { kind: 'refused' } : { kind: 'failed', advice: cause.message }
}

function refuse(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain', connection: 'close' })
  response.end('Nothing is here.\n')
}

/** Resolves when it was sent. */
const show = (
  response: ServerResponse,
  { status, headers, html }: ReturnType<typeof callbackPage>,
): Promise<void> =>
  new Promise((resolve) => {
    response.once('close', resolve)
    response.writeHead(status, headers)
    response.end(html)
  })

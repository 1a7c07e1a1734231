/**
 * Sending a request until the server can be reached: a network that is away for a while, as after a
 * sleep, is waited for. What the server may have got is not sent twice.
 *
 * @module
 */

import { ClientError } from '../client/errors.ts'
import { retryAfterOf } from '../client/retry-after.ts'
import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'
import { type HttpAnswer, type HttpRequest, NoAnswer } from './http.ts'
import type { RemoteContext } from './remote.ts'

/** How long a server is waited for that was there before, and one that never was, in milliseconds. */
const KNOWN_MS = 30_000
const UNKNOWN_MS = 4_000

const FIRST_WAIT_MS = 250
const MOST_WAIT_MS = 30_000

/** Sends requests, and waits where waiting helps. */
export class Patience {
  readonly #context: RemoteContext
  #isKnown = false
  #isAway = false

  constructor(context: RemoteContext) {
    this.#context = context
  }

  /**
   * Sends a request.
   *
   * @param isEndless - Waits for as long as it takes.
   * @throws {ClientError} `unreachable` when patience is at its end; what the credentials throw.
   */
  async send(request: HttpRequest, isEndless = false): Promise<HttpAnswer> {
    const { platform, http } = this.#context
    const until = platform.now() + (this.#isKnown ? KNOWN_MS : UNKNOWN_MS)
    for (let failures = 0; ; failures++) {
      const outcome = await http.send(request).then(
        (answer) => this.#here(answer),
        (error: unknown) => failureOf(error, request, this.#host),
      )
      if ('status' in outcome && !isLater(outcome)) return outcome
      const waitMs = Math.max(backOff(failures, platform), laterMs(outcome))
      if (!isEndless && platform.now() + waitMs > until) {
        if ('status' in outcome) return outcome
        throw outcome.error
      }
      if ('status' in outcome) outcome.close()
      else this.#away(outcome.error)
      await pause(this.#context.timers, waitMs, request.signal)
    }
  }

  get #host(): string {
    return new URL(this.#context.url).host
  }

  #here(answer: HttpAnswer): HttpAnswer {
    this.#isKnown = true
    if (this.#isAway) this.#context.tell(`${this.#host} is there again.`)
    this.#isAway = false
    return answer
  }

  #away(error: ClientError): void {
    if (!this.#isAway) this.#context.tell(`${error.message} (${error.detail ?? ''})`)
    this.#isAway = true
  }
}

/** What waiting may mend. */
interface Passing {
  readonly error: ClientError
}

/** @throws what waiting does not mend. */
function failureOf(error: unknown, { method, signal }: HttpRequest, host: string): Passing {
  if (signal.aborted) throw signal.reason
  if (
    error instanceof ClientError &&
    (error.code === 'unreachable' || error.code === 'try_later')
  ) {
    return { error }
  }
  if (!(error instanceof NoAnswer)) throw error
  const wasTaken = error.wasSent && method === 'POST'
  const advice = wasTaken
    ? `The connection to ${host} was lost before its answer came. Nobody here knows whether it did what it was asked.`
    : error.isPassing
      ? `${host} could not be reached. Look at the address and at the network.`
      : `No safe connection to ${host} could be made. Look at the address, and at its certificate.`
  const unreachable = new ClientError('unreachable', advice, {
    detail: error.message,
    cause: error,
  })
  if (wasTaken || !error.isPassing) throw unreachable
  return { error: unreachable }
}

/** Whether an answer says that the request was not even looked at. */
const isLater = (answer: HttpAnswer): boolean =>
  answer.status === 429 || (answer.status === 503 && answer.header('retry-after') !== undefined)

function laterMs(outcome: HttpAnswer | Passing): number {
  const seconds =
    'error' in outcome
      ? outcome.error.retryAfter
      : retryAfterOf(new Headers({ 'retry-after': outcome.header('retry-after') ?? '' }))
  return (seconds ?? 0) * 1000
}

/** Longer each time, and by chance, so that many do not come back together. */
export function backOff(failures: number, platform: Platform): number {
  const fullMs = Math.min(FIRST_WAIT_MS * 2 ** failures, MOST_WAIT_MS)
  const [chance = 0] = platform.random(1)
  return (fullMs * (1 + chance / 255)) / 2
}

/** Waits. @throws the signal's reason if that comes first. */
export function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      callOff()
      reject(signal.reason)
    }
    const callOff = timers.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** What comes of a promise, unless nobody wants it any more. @throws the signal's reason then. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

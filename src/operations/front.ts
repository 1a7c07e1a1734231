/**
 * What every request comes to first, and who answers it.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { clientAddress } from '../limits/index.ts'
import type { Health } from './health.ts'
import { answerHealth, isHealthPath } from './health-endpoints.ts'
import { pathOf } from './path.ts'

/** What is known of whoever is connected. */
export interface Connection {
  readonly remoteAddress?: string
}

/** Answers requests; nothing if it leaves them to others. */
export interface Answerer<R = Response> {
  fetch(request: Request, connection: Connection): Promise<R>
}

/** What is behind the front. */
export interface FrontOptions {
  readonly health: Health
  /** Whether what requests do could not be recorded, and must be. */
  readonly journal: { isRefusing(): boolean }
  /** Answers for what is mounted. */
  readonly gateway: Answerer<Response | undefined>
  /** Answers everything else. */
  readonly server: Answerer
  /** Whose word on where a request comes from is taken. */
  readonly trustedProxies: readonly string[]
  onWarning(warning: string): void
}

/** One function from request to response. */
export function createFront(
  options: FrontOptions,
): (request: Request, connection?: Connection) => Promise<Response> {
  const { health, journal, gateway, server } = options
  const readAddress = addressReader(options)
  return async (request, { remoteAddress } = {}) => {
    const path = pathOf(request.url)
    if (isHealthPath(path)) return answerHealth(health, path, request)
    if (journal.isRefusing() && !path.startsWith(PUBLISHED)) return unrecorded()
    const address = readAddress(request, remoteAddress)
    const connection = address === undefined ? {} : { remoteAddress: address }
    return (await gateway.fetch(request, connection)) ?? server.fetch(request, connection)
  }
}

/** What is below is read by everybody and decides nothing. */
const PUBLISHED = '/.well-known/'

const unrecorded = (): Response =>
  new OAuthError('temporarily_unavailable', 'The server cannot keep its records. Try again.', {
    headers: { 'retry-after': '5' },
  }).toResponse()

/** Reads where requests come from, and says once if a proxy speaks that nobody trusts. */
function addressReader({
  trustedProxies,
  onWarning,
}: Pick<FrontOptions, 'trustedProxies' | 'onWarning'>) {
  let warned = trustedProxies.length > 0
  return (request: Request, remoteAddress: string | undefined) => {
    const forwardedFor = request.headers.get('x-forwarded-for')
    if (forwardedFor !== null && !warned) {
      warned = true
      onWarning(
        `X-Forwarded-For came from ${remoteAddress ?? 'somewhere'} and was ignored. If that is your proxy, name it in limits.trustedProxies; until then all its users share one limit.`,
      )
    }
    return clientAddress({ remoteAddress, forwardedFor, trustedProxies })
  }
}

/**
 * What every request comes to first, and who answers it.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { clientAddress } from '../limits/index.ts'
import { monotonic } from '../monotonic.ts'
import { createGathering, type Gathering } from './gathering.ts'
import type { Health } from './health.ts'
import { answerHealth, isHealthPath } from './health-endpoints.ts'
import { busyAnswer, type Load } from './load.ts'
import type { Metrics } from './metrics/metrics.ts'
import { requestMetrics } from './metrics/request-metrics.ts'
import { pathOf } from './path.ts'
import { type Importance, type Route, routeFinder } from './routes.ts'
import type { Traces } from './traces.ts'
import { createTurnstile } from './turnstile.ts'

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
  /** Turns nothing away unless told. */
  readonly load?: Load
  /** Where requests wait for each other; a place of its own unless told. */
  readonly gathered?: Gathering
  /** Whether what requests do could not be recorded, and must be. */
  readonly journal: { isRefusing(): boolean }
  /** Answers for what is mounted. */
  readonly gateway: Answerer<Response | undefined>
  /** The paths of what is mounted, so that it is known by them; none unless told. */
  readonly mounts?: readonly string[]
  /** Answers everything else. What it has no name for is what matters least. */
  readonly server: Answerer & { readonly names?: ReadonlyMap<string, string> }
  /** Whose word on where a request comes from is taken. */
  readonly trustedProxies: readonly string[]
  /** Counts requests; nobody does unless told. */
  readonly metrics?: Metrics | undefined
  /** Spans; none unless told. */
  readonly traces?: Traces | undefined
  onWarning(warning: string): void
}

/** A request that is not about health. */
interface Arrival {
  readonly request: Request
  readonly connection: Connection
  readonly route: Route
}

/** One function from request to response. */
export function createFront(
  options: FrontOptions,
): (request: Request, connection?: Connection) => Promise<Response> {
  const { health, server, mounts = [] } = options
  const { routeOf, names } = routeFinder({ names: server.names ?? new Map(), mounts })
  const answer = traced(counted(answering(options), options, names), options)
  return async (request, connection = {}) => {
    const path = pathOf(request.url)
    if (isHealthPath(path)) return answerHealth(health, path, request)
    return answer({ request, connection, route: routeOf(path) })
  }
}

type Answering = (arrival: Arrival, onTurnedAway?: () => void) => Promise<Response>

/** Has room for everything. */
const endless: Load = { enter: () => () => {}, underWay: { requests: 0, calls: 0 } }

function answering(options: FrontOptions): Answering {
  const { load = endless, gathered = createGathering(), journal, gateway, server } = options
  const readAddress = addressReader(options)
  // Each its own: what nobody has an address for must not hold up those who sign in.
  const turn: Readonly<Record<Importance, () => Promise<void> | undefined>> = {
    always: () => undefined,
    tokens: gathered,
    calls: gathered,
    pages: createTurnstile(),
    rest: createTurnstile(),
  }
  return async ({ request, connection, route }, onTurnedAway) => {
    if (route.importance !== 'always' && journal.isRefusing()) return unrecorded()
    const leave = load.enter(route.importance)
    if (leave === undefined) {
      onTurnedAway?.()
      return busyAnswer(route, request)
    }
    try {
      await turn[route.importance]()
      const address = readAddress(request, connection.remoteAddress)
      const from = address === undefined ? {} : { remoteAddress: address }
      return (await gateway.fetch(request, from)) ?? (await server.fetch(request, from))
    } finally {
      leave()
    }
  }
}

/** The same, counting what it answers, if anybody counts. */
function counted(
  answer: Answering,
  { metrics, load = endless }: FrontOptions,
  routes: readonly string[],
): Answering {
  if (metrics === undefined) return answer
  const counts = requestMetrics(routes, load)
  metrics.add(counts.metrics)
  return async (arrival) => {
    const begun = monotonic()
    let isTurnedAway = false
    const response = await answer(arrival, () => {
      isTurnedAway = true
    })
    counts.answered({
      route: arrival.route.name,
      method: arrival.request.method,
      status: response.status,
      seconds: (monotonic() - begun) / 1000,
      isTurnedAway,
    })
    return response
  }
}

/** The same, in a span if anybody traces. */
function traced(answer: Answering, { traces }: FrontOptions): Answering {
  if (traces === undefined) return answer
  return (arrival) => traces.request(arrival.request, arrival.route.name, () => answer(arrival))
}

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

/**
 * Requests, as numbers.
 *
 * @module
 */

import type { Load } from '../load.ts'
import { counter, gauge, histogram, type Written } from './series.ts'

/** Numbers that requests change. */
export interface RequestMetrics {
  /** A request was answered. */
  answered(request: Answered): void
  readonly metrics: readonly Written[]
}

/** What is counted of a request. */
export interface Answered {
  /** The name of the route. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
  /** Whether it was turned away because there was too much to do. */
  readonly isTurnedAway: boolean
}

const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']
const classes = ['2xx', '3xx', '4xx', '5xx']
/** Seconds: from what a key set takes to what people wait for. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Makes them for routes of these names. */
export function requestMetrics(routes: readonly string[], load: Load): RequestMetrics {
  const requests = counter({
    name: 'warder_http_requests_total',
    help: 'Requests that were answered. A stream counts when it begins.',
    labels: { route: routes, method: methods, status: classes },
  })
  const durations = histogram(
    {
      name: 'warder_http_request_duration_seconds',
      help: 'How long requests took that were let in, to the head of the answer.',
      labels: { route: routes },
    },
    bounds,
  )
  const turnedAway = counter({
    name: 'warder_http_requests_turned_away_total',
    help: 'Requests that were answered 503 unread, because there was too much to do.',
    labels: { route: routes },
  })
  const underWay = gauge({
    name: 'warder_http_requests_under_way',
    help: 'Requests under way, and calls to MCP servers.',
    labels: { kind: ['requests', 'calls'] },
  })
  const current: Written = {
    write() {
      const { requests, calls } = load.underWay
      underWay.set({ kind: 'requests' }, requests)
      underWay.set({ kind: 'calls' }, calls)
      return underWay.write()
    },
  }
  return {
    metrics: [requests, durations, turnedAway, current],
    answered({ route, method, status, seconds, isTurnedAway }) {
      requests.add({ route, method, status: `${Math.trunc(status / 100)}xx` })
      if (isTurnedAway) turnedAway.add({ route })
      else durations.observe({ route }, seconds)
    },
  }
}

/**
 * `/metrics`, on a port of its own.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/ | Exposition formats}
 * @module
 */

import { isLoopbackHost } from '../../protocol/uri.ts'
import type { Health } from '../health.ts'
import { answerHealth, isHealthPath } from '../health-endpoints.ts'
import { pathOf } from '../path.ts'
import type { Metrics } from './metrics.ts'

/** Addresses that only this computer can reach, as they are listened on. */
const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** What is behind the port. */
export interface MetricsEndpointOptions {
  readonly metrics: Metrics
  readonly health: Health
  /** The address that is listened on. */
  readonly host: string
}

/** Answers on the port of the metrics: those, and health. */
export function metricsEndpoint({ metrics, health, host }: MetricsEndpointOptions) {
  return async (request: Request): Promise<Response> => {
    const path = pathOf(request.url)
    if (LOOPBACK.includes(host) && !isOwnName(request)) return new Response(null, { status: 421 })
    if (isHealthPath(path)) return answerHealth(health, path, request)
    if (path !== '/metrics') return new Response(null, { status: 404 })
    if (request.method !== 'GET') {
      return new Response(null, { status: 405, headers: { allow: 'GET' } })
    }
    return new Response(await metrics.text(), { headers: { ...headers, 'content-type': TYPE } })
  }
}

/** A page that has its name point at this computer must not read what is only for this computer. */
function isOwnName(request: Request): boolean {
  const asked = `http://${request.headers.get('host') ?? ''}`
  return URL.canParse(asked) && isLoopbackHost(new URL(asked).hostname)
}

/**
 * `/livez` and `/readyz`, for whatever starts, stops and balances servers.
 *
 * They are answered under any name: what asks is on the inside, and knows an address, not the issuer.
 *
 * @see {@link https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/ | Probes}
 * @module
 */

import type { Health } from './health.ts'

/** Where health is asked for. */
const healthPaths = ['/livez', '/readyz'] as const

type HealthPath = (typeof healthPaths)[number]

/** Whether a path asks for health. */
export const isHealthPath = (path: string): path is HealthPath =>
  healthPaths.some((known) => known === path)

/** Answers what asks for health. That a process answers at all depends on nothing. */
export async function answerHealth(
  health: Health,
  path: HealthPath,
  { method }: Pick<Request, 'method'>,
): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') {
    return answer(405, { error: 'invalid_request' }, { allow: 'GET, HEAD' })
  }
  const failing = path === '/livez' ? [] : await health.ailments()
  if (failing.length === 0) return answer(200, { status: 'ok' })
  return answer(503, { status: 'unavailable', failing }, { 'retry-after': '1' })
}

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
  Response.json(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  })

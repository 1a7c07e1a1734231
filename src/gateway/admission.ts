/**
 * Who may speak to a mount at all, decided on the head of a request, before anything else is read.
 *
 * A page that rebinds its name to this machine sends its own name as `Host` and its own `Origin`;
 * both must be ours. Programs send no `Origin`, and need none.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security--endpoint | Streamable HTTP, security}
 * @module
 */

import { refusal } from './refusal.ts'

/** Where a mount is, and who may call it from a page. */
export interface AdmissionRules {
  readonly resource: URL
  /** Exact origins. */
  readonly allowedOrigins: ReadonlySet<string>
}

type Check = (request: Request, rules: AdmissionRules) => void

const methods = 'POST, GET, DELETE, OPTIONS'

/** Other names of this machine, which no page can be served under by somebody else. */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The checks in their order. Each throws the refusal it finds. */
const checks: readonly Check[] = [checkHost, checkOrigin, checkFetchSite, checkMethod]

/**
 * Refuses a request that must not be looked at any further.
 *
 * @throws {RpcError} 421, 403 or 405.
 */
export function checkAdmission(request: Request, rules: AdmissionRules): void {
  for (const check of checks) check(request, rules)
}

function checkHost(request: Request, { resource }: AdmissionRules): void {
  // A target in absolute form names a host of its own, which some take for the one that counts.
  const target = new URL(request.url).host
  for (const host of new Set([request.headers.get('host') ?? target, target])) {
    if (isHostOf(resource, host)) continue
    throw refusal(421, 'This server is not reached under that host name.', {
      detail: `Host differs from ${resource.host}; does a proxy rewrite it?`,
    })
  }
}

function isHostOf(resource: URL, host: string): boolean {
  if (host.toLowerCase() === resource.host) return true
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined
  const isOtherNameOfLoopback =
    loopback.has(resource.hostname) && loopback.has(url?.hostname ?? '') && url?.host === host
  return isOtherNameOfLoopback && url.port === resource.port
}

function checkOrigin(request: Request, { allowedOrigins }: AdmissionRules): void {
  const origin = request.headers.get('origin')
  if (origin === null || (origin !== 'null' && allowedOrigins.has(origin))) return
  throw refusal(403, 'Pages of this origin may not use this server.', {
    detail: 'the Origin is not in allowedOrigins',
  })
}

function checkFetchSite(request: Request): void {
  // A browser that says "cross-site" and yet sends no Origin makes a request that no script asked for.
  const isCrossSite = request.headers.get('sec-fetch-site') === 'cross-site'
  if (isCrossSite && !request.headers.has('origin')) {
    throw refusal(403, 'Requests from other sites must carry an Origin.')
  }
}

function checkMethod({ method }: Request): void {
  if (['POST', 'GET', 'DELETE', 'OPTIONS'].includes(method)) return
  throw refusal(405, 'Send messages by POST.', { headers: { allow: methods } })
}

const EXPOSED =
  'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, RateLimit, RateLimit-Policy, DPoP-Nonce'

/** What a page of an allowed origin may read of an answer. Nothing for anybody else. */
export function corsHeaders(
  request: Request,
  { allowedOrigins }: AdmissionRules,
): Readonly<Record<string, string>> {
  const origin = request.headers.get('origin')
  if (origin === null || !allowedOrigins.has(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
  }
}

const requestHeaders = [
  'accept',
  'authorization',
  'content-type',
  'dpop',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'x-api-key',
]

/** The answer to a browser's preflight. */
export function preflight(request: Request, rules: AdmissionRules): Response {
  const asked = (request.headers.get('access-control-request-headers') ?? '').toLowerCase()
  const params = asked
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[a-z0-9-]{1,100}$/.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(request, rules),
      ...(request.headers.has('origin')
        ? {
            'access-control-allow-methods': methods,
            'access-control-allow-headers': [...requestHeaders, ...params].join(', '),
            'access-control-max-age': '600',
          }
        : { allow: methods }),
    },
  })
}

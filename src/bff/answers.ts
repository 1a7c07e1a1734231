/**
 * What the page is answered, beside what its APIs say.
 *
 * @module
 */

import { ClientError, type ClientErrorCode } from '../client/index.ts'
import { noSession } from './session.ts'

const common = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** JSON for the page alone. */
export const json = (body: unknown, status = 200, headers: HeadersInit = {}): Response =>
  Response.json(body, { status, headers: withCommon(headers) })

/** Sends the browser elsewhere. */
export function redirect(location: string, cookies: readonly string[]): Response {
  const headers = withCommon({ location })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** The headers of an answer that is for one page. */
export function withCommon(init: HeadersInit): Headers {
  const headers = new Headers(init)
  for (const [name, value] of Object.entries(common)) headers.set(name, value)
  return headers
}

/** A refusal: a code to act on, and a sentence. */
export const refusal = (
  status: number,
  error: string,
  error_description: string,
  headers: HeadersInit = {},
): Response => json({ error, error_description }, status, headers)

/** The status that stands for an error of the client; what is not here is the server's fault, or ours. */
const statuses: Partial<Record<ClientErrorCode, number>> = {
  sign_in_needed: 401,
  scope_needed: 403,
  try_later: 503,
}

/**
 * The answer to a page whose call came to nothing.
 *
 * @throws what is no error of the client.
 */
export function answerTo(error: unknown): Response {
  if (!(error instanceof ClientError)) throw error
  const { code, message, retryAfter, scopes } = error
  const headers = new Headers()
  if (code === 'sign_in_needed') headers.set('set-cookie', noSession())
  if (code === 'try_later') headers.set('retry-after', String(retryAfter ?? 1))
  const body = { error: code, error_description: message, ...(scopes ? { scopes } : {}) }
  return json(body, statuses[code] ?? 502, headers)
}

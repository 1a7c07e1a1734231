/** Requests that the rig's own helpers do not make, and what is looked at in an answer. */

import { expect } from 'vitest'
import { type Form, ISSUER, type Rig, type TokenResponse } from './authorization-server.ts'

/** POSTs a form from an address. */
export const postFrom = (
  rig: Rig,
  remoteAddress: string,
  path: string,
  form: Form,
  headers: Record<string, string> = {},
): Promise<Response> =>
  rig.server.fetch(
    new Request(`${ISSUER}${path}`, { method: 'POST', body: new URLSearchParams(form), headers }),
    { remoteAddress },
  )

/** Any request to a path. */
export const request = (rig: Rig, path: string, init: RequestInit = {}): Promise<Response> =>
  rig.server.fetch(new Request(`${ISSUER}${path}`, init), { remoteAddress: '192.0.2.1' })

/** POSTs JSON, as a client registers. */
export const postJson = (rig: Rig, path: string, body: unknown): Promise<Response> =>
  request(rig, path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

/** Status and error code of an answer: what clients act on. */
export async function outcome(response: Response): Promise<string> {
  const body = await response.text()
  if (body === '') return String(response.status)
  const { error } = JSON.parse(body)
  return error === undefined ? String(response.status) : `${response.status} ${error}`
}

/** The tokens of an answer that must be good. */
export async function granted(response: Response): Promise<TokenResponse> {
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return body
}

/** How often each type of event happened. */
export function counts(events: readonly { readonly type: string }[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { type } of events) found[type] = (found[type] ?? 0) + 1
  return found
}

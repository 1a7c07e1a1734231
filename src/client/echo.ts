/**
 * Refusals that repeat what was sent. Some servers quote the refused token, code or secret in their
 * `error_description`, which belongs in an error's detail, and so in logs: it is taken out first.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 | RFC 6749 §5.2}
 * @module
 */

import { parseBasicCredentials } from '../protocol/basic-credentials.ts'
import { isObject } from '../protocol/json-rpc.ts'

/** Parameters that say nothing that nobody may know, and are what an operator wants to read. */
const PUBLIC = new Set([
  'grant_type',
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'resource',
  'audience',
  'code_challenge_method',
  'client_assertion_type',
  'subject_token_type',
  'actor_token_type',
  'requested_token_type',
  'token_type_hint',
  'prompt',
])

/** Whatever is shorter is a part of other words. */
const SHORTEST = 6

/** An answer as it came; a refusal without the secrets of its request. */
export function withoutEcho<Answer extends { readonly json: unknown; readonly text: string }>(
  answer: Answer,
  { headers, body }: RequestInit,
): Answer {
  const { json } = answer
  if (!isObject(json) || typeof json.error !== 'string') return answer
  const secrets = [...secretsOfForm(body), ...secretsOfHeader(headers)]
    .filter((value) => value.length >= SHORTEST)
    .sort((one, other) => other.length - one.length)
  const clean = (value: unknown): unknown =>
    typeof value === 'string'
      ? secrets.reduce((text, secret) => text.replaceAll(secret, '[sent]'), value)
      : value
  const cleaned = Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, clean(value)]),
  )
  return { ...answer, json: cleaned, text: JSON.stringify(cleaned) }
}

function secretsOfForm(body: RequestInit['body']): readonly string[] {
  if (!(body instanceof URLSearchParams)) return typeof body === 'string' ? secretsOfJson(body) : []
  return [...body].flatMap(([name, value]) => (PUBLIC.has(name) ? [] : [value]))
}

/** Token requests as some want them, written by us; registrations have no secrets. */
function secretsOfJson(body: string): readonly string[] {
  const members: unknown = JSON.parse(body)
  if (!isObject(members) || members.grant_type === undefined) return []
  return Object.entries(members).flatMap(([name, value]) =>
    PUBLIC.has(name) || typeof value !== 'string' ? [] : [value],
  )
}

/** The secret of Basic credentials, with and without the encoding of RFC 6749 §2.3.1. */
function secretsOfHeader(headers: RequestInit['headers']): readonly string[] {
  const [, credentials] = /^Basic (.*)$/.exec(new Headers(headers).get('authorization') ?? '') ?? []
  if (credentials === undefined) return []
  const { password } = parseBasicCredentials(credentials)
  return [password, credentials, new URLSearchParams(`=${password}`).get('') ?? '']
}

/**
 * Where a request is let in or gets its answer: what all adapters do alike.
 *
 * A request that the same guard let in before is not checked again, only its rule is judged: proof of
 * possession is good for one check.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { Connection, GuardRequest, GuardRule, Principal, Visit } from '../../guard/index.ts'
import { andThen, type NowOrLater } from '../../protocol/now-or-later.ts'
import { answerHeaders, type Fields, preflightAnswer, withHeaders } from './answer-headers.ts'
import { letInBy, remember } from './pass.ts'
import { type Guarding, serviceOf } from './service.ts'

/** What a request has that was let in. */
export interface Guarded {
  readonly principal: Principal
}

/** A caller that was let in, and what the answer says beside what the handler says. */
export interface Admitted extends Guarded {
  readonly headers: Fields
}

/**
 * Reads the request that a framework hands on, which is one object for one request. Nothing means that
 * the request does not name exactly one host.
 */
export type Reader<Carrier extends object> = (
  carrier: Carrier,
  trustedProxies: readonly string[],
  connection?: Connection,
) => Visit | undefined

/**
 * Makes the gate of one operation.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function createGate<Carrier extends object>(
  guarding: Guarding,
  rule: GuardRule | undefined,
  read: Reader<Carrier>,
): (carrier: Carrier, connection?: Connection) => NowOrLater<Admitted | Response> {
  const { guard, origins, trustedProxies } = serviceOf(guarding)
  const headersOf = answerHeaders(origins)

  const readmit = async (principal: Principal): Promise<Admitted | Response> => {
    const refusal = rule === undefined ? undefined : await guard.authorize(principal, rule)
    return refusal ?? { principal, headers: [] }
  }

  return (carrier, told) => {
    const visit = read(carrier, trustedProxies, told)
    if (visit === undefined) return withoutHost()
    const { request, connection } = visit
    const answer =
      guard.metadata(request) ?? refusedMethod(request) ?? preflightAnswer(request, origins)
    if (answer !== undefined) return answer
    const known = letInBy(guard, carrier)
    if (known !== undefined) return readmit(known)
    return andThen(guard.decide(request, rule, connection), (outcome) => {
      const headers = headersOf(request)
      // Asked this way round: a `Response` of another realm is none to `instanceof`, and no principal.
      if (!('subject' in outcome)) return withHeaders(outcome, headers)
      remember(carrier, guard, outcome)
      return { principal: outcome, headers: both(headers, guard.headers(outcome)) }
    })
  }
}

function both(headers: Fields, more: Readonly<Record<string, string>>): Fields {
  const fields = Object.entries(more)
  return fields.length === 0 ? headers : [...headers, ...fields]
}

/**
 * Makes what finds the answer to requests for the metadata of the resource, and has none for others.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function createMetadata<Carrier extends object>(
  guarding: Guarding,
  read: Reader<Carrier>,
): (carrier: Carrier) => Response | undefined {
  const { guard, trustedProxies } = serviceOf(guarding)
  return (carrier) => {
    const visit = read(carrier, trustedProxies)
    return visit === undefined ? withoutHost() : guard.metadata(visit.request)
  }
}

/** A request for several hosts, or for what is none ({@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2 | RFC 9112 §3.2}). */
const withoutHost = (): Response =>
  new OAuthError('invalid_request', 'Send one Host header, with one host in it.').toResponse()

/** It would answer with the request, credentials included ({@link https://www.rfc-editor.org/rfc/rfc9110#section-9.3.8 | RFC 9110 §9.3.8}). */
function refusedMethod({ method }: GuardRequest): Response | undefined {
  if (method !== 'TRACE') return undefined
  const allow = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
  return new Response(null, { status: 405, headers: { allow } })
}

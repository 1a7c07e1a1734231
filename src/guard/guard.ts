/**
 * Letting requests in: {@link Guard.check} answers a {@link Principal} or the refusal to send, so
 * that forgetting the check does not compile.
 *
 * The guard wraps a handler, never a path. A body and cookies are left to the handler.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { andThen, type NowOrLater } from '../protocol/now-or-later.ts'
import { answerHeaders } from './answer-headers.ts'
import { authenticator } from './authenticate.ts'
import { createBindings } from './bindings/index.ts'
import { Caller } from './caller.ts'
import { createGate, type Outcome } from './gate.ts'
import type { GuardRule } from './judge.ts'
import { createMcpGuard } from './mcp.ts'
import type { McpGuard } from './mcp-types.ts'
import { metadataHandler } from './metadata.ts'
import { type GuardOptions, guardSettings } from './options.ts'
import type { Principal } from './principal.ts'
import { createRateLimits } from './rate-limits.ts'
import { createRefusals } from './refusal.ts'
import type { Connection, GuardRequest } from './request.ts'

/** Guards one resource. */
export interface Guard {
  /**
   * Who is calling, or the answer to send instead. Never throws.
   *
   * @param rule - What the operation asks of its caller: scopes, or a rule such as `permission('tool:x')`.
   * @param connection - What is known of the caller besides: limits by source and bound tokens need it.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}
   */
  check(
    request: GuardRequest,
    rule?: GuardRule,
    connection?: Connection,
  ): Promise<Principal | Response>

  /**
   * The same, and at once where nothing has to be waited for, such as for a token that was checked a
   * moment ago. For adapters: a promise costs more than all the rest of that.
   */
  decide(
    request: GuardRequest,
    rule?: GuardRule,
    connection?: Connection,
  ): NowOrLater<Principal | Response>

  /**
   * The refusal of a principal of this guard, for operations that are known only after
   * {@link Guard.check}; nothing if they may. It judges the rule alone: whether the credential is still
   * good is what `check` said. Never throws.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}
   */
  authorize(principal: Principal, rule: GuardRule): Promise<Response | undefined>

  /**
   * A principal of this guard once more, or the refusal, for requests that are held open: whether the
   * credential that came with the request is good now, and still stands for the same caller. A proof of
   * possession is good once and a request counts once, so neither is asked for again; nothing but the
   * request itself may go on because of it. Never throws.
   *
   * @param rule - What the request asks of its caller, judged by what the credential lets them do now.
   */
  recheck(principal: Principal, rule?: GuardRule): Promise<Principal | Response>

  /**
   * What the answer to a principal of this guard has to say besides what it is about, by header: how
   * much is left of its budgets, the nonce for its next proof, whom not to tell of a credential in the
   * URL, and what a cache must look at (`Vary`, which adds to yours). Refusals say so themselves.
   */
  headers(principal: Principal): Readonly<Record<string, string>>

  /**
   * The protected resource metadata, if the request asks for it and tokens are accepted at all.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-3 | RFC 9728 §3}
   */
  metadata(request: GuardRequest): Response | undefined

  /** The same guard for an MCP server that is written with the SDK. */
  mcp(): McpGuard
}

/**
 * Makes the guard of one resource.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 */
export function createGuard(options: GuardOptions): Guard {
  const settings = guardSettings(options)
  const accepted = settings.accept.map((kind) => ({ name: kind.name, ...kind.create(settings) }))
  const authorizationServers = settings.authorizationServers ?? [
    ...new Set(accepted.flatMap(({ issuers = [] }) => issuers)),
  ]
  const bindings = createBindings(settings)
  const refusals = createRefusals({
    ...settings,
    accepted: [...accepted, ...bindings.schemes],
    authorizationServers,
  })
  const self = {}
  const limits = createRateLimits(settings.limits, settings)
  const gate = createGate({
    ...{ ...settings, self, limits },
    authenticator: authenticator({ ...settings, accepted, bindings, limits, self }),
  })

  const answerTo = (outcome: Outcome) =>
    outcome instanceof Caller ? outcome : refusals.answer(outcome)
  const decide: Guard['decide'] = (request, rule, connection = {}) =>
    andThen(gate.admit({ request, connection }, rule), answerTo)

  return {
    decide,
    check: async (...request) => decide(...request),
    metadata: metadataHandler({ ...settings, authorizationServers }),
    headers: (principal) => answerHeaders(gate.findAttempt(principal) ?? {}),
    recheck: async (principal, rule) => answerTo(await gate.readmit(principal, rule)),
    async authorize(principal, rule) {
      const refused = await gate.findRefusal(principal, rule)
      return refused === undefined ? undefined : refusals.answer(refused)
    },
    mcp: () => createMcpGuard({ ...settings, gate, refusals, authorizationServers }),
  }
}

/**
 * A guard for MCP servers that are written with the SDK.
 *
 * The guard stands before the server and hands the principal on as the SDK's `AuthInfo`. Tools find it
 * there, or do not run. What a server has besides is guarded by the check before it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { decidedBy } from '../decisions.ts'
import { ConfigError, OAuthError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { resourceMetadataUrl } from '../protocol/protected-resource-metadata.ts'
import type { Attempt } from './attempt.ts'
import { Caller } from './caller.ts'
import { InsufficientScope } from './denials.ts'
import type { Gate } from './gate.ts'
import type { GuardRule } from './judge.ts'
import type { McpAuthInfo, McpContext, McpGuard, McpTokenError } from './mcp-types.ts'
import type { Principal } from './principal.ts'
import type { Refusals } from './refusal.ts'
import type { Visit } from './request.ts'
import type { Rule } from './rules/rule.ts'
import { scopes as scopesRule } from './rules/scopes.ts'

/** What an MCP guard is made of. */
export interface McpParts {
  readonly gate: Gate
  readonly refusals: Refusals
  readonly resource: string
  readonly authorizationServers: readonly string[]
  readonly platform: Platform
}

/** The life of a credential that does not end by itself, for the SDK, which wants one; in seconds. */
const UNTIL_ASKED_AGAIN = 60

/** Makes the MCP guard of a guard. */
export function createMcpGuard(parts: McpParts): McpGuard {
  const { gate, refusals, resource, authorizationServers, platform } = parts
  const metadata =
    authorizationServers.length === 0 ? {} : { resourceMetadataUrl: resourceMetadataUrl(resource) }

  const authInfo = (principal: Principal): McpAuthInfo => {
    const { clientId, scopes, expiresAt } = principal
    return {
      token: tokenOf(gate.findAttempt(principal) ?? refuseStranger()),
      clientId,
      scopes: [...scopes],
      ...(expiresAt === undefined ? {} : { expiresAt: Math.floor(expiresAt / 1000) }),
      resource: new URL(resource),
      ...metadata,
      extra: { principal },
    }
  }
  const principalOf = ({ http, authInfo }: McpContext): Principal => {
    const principal = (http?.authInfo ?? authInfo)?.extra?.principal
    if (principal instanceof Caller && gate.findAttempt(principal) !== undefined) return principal
    return refuseStranger()
  }

  return {
    authInfo,
    principal: principalOf,
    tool(rule, tool) {
      // Without types it may be an object of functions, none of which would be guarded.
      if (typeof tool !== 'function') throw new ConfigError('tool', 'must be a function.')
      return new Proxy(tool, {
        async apply(run, self, args: readonly unknown[]) {
          const refused = await gate.findRefusal(principalOf(contextOf(args)), rule)
          if (refused !== undefined) throw refused.error
          return await Reflect.apply(run, self, args)
        },
      })
    },
    scopeChallenge(...scopes) {
      const rule = scopesRule(...scopes)
      return async (context) => {
        const refused = await gate.findRefusal(principalOf(context), rule)
        if (refused === undefined) return undefined
        const { error } = refused
        if (!(error instanceof InsufficientScope)) throw error
        return { scopes, errorDescription: error.message }
      }
    },
    async authorize(principal, message, tools) {
      const rules =
        message === undefined
          ? [nothingToRead]
          : calledTools(message).map((name) => ruleFor(name, tools))
      for (const rule of rules) {
        const refused = await gate.findRefusal(principal, rule)
        if (refused !== undefined) return refusals.answer(refused)
      }
      return undefined
    },
    verifier: (invalidToken) => ({
      async verifyAccessToken(token) {
        const outcome = await gate.identify(visitWith(token, resource))
        if (outcome instanceof Caller) {
          const expiresAt = Math.floor(platform.now() / 1000) + UNTIL_ASKED_AGAIN
          return { expiresAt, ...authInfo(outcome) }
        }
        const { error } = outcome
        // The SDK has no status for these either, and answers 500.
        if (error !== undefined && (error.status >= 500 || error.status === 429)) throw error
        throw tokenError(invalidToken, error?.message ?? 'No such token is accepted here.')
      },
    }),
  }
}

/** A server that nothing guards lets nobody in. */
function refuseStranger(): never {
  throw new ConfigError(
    'guard.mcp',
    'did not let this call in.',
    'Check requests with the guard, and hand authInfo(principal) to the transport.',
  )
}

/** The access token that a principal came with; other credentials are of no use to tools. */
function tokenOf({ presented }: Attempt): string {
  const isToken = presented?.scheme === 'bearer' || presented?.scheme === 'dpop'
  return isToken ? presented.credentials : ''
}

/** A request of which nothing is known but a token. */
function visitWith(token: string, resource: string): Visit {
  const authorization = `Bearer ${token}`
  const headers = { get: (name: string) => (name === 'authorization' ? authorization : null) }
  return { request: { method: 'POST', url: resource, headers }, connection: {} }
}

/** What the SDK gives a tool last. */
function contextOf(args: readonly unknown[]): McpContext {
  const context = args.at(-1)
  return isObject(context) ? context : {}
}

/** What a message, or a batch of them, names as the tools that it calls. */
function calledTools(message: unknown): readonly unknown[] {
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message]
  return messages.filter(isToolCall).map(({ params }) => nameIn(params))
}

const isToolCall = (message: unknown): message is { readonly params?: unknown } =>
  isObject(message) && 'method' in message && message.method === 'tools/call'

const nameIn = (params: unknown): unknown =>
  isObject(params) && 'name' in params ? params.name : undefined

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function ruleFor(name: unknown, tools: Readonly<Record<string, GuardRule>>): GuardRule {
  const rule = typeof name === 'string' && Object.hasOwn(tools, name) ? tools[name] : tools['*']
  return rule ?? (() => notThere(name))
}

/**
 * A message that nobody has parsed is read by the server itself, and would get past every rule. Only
 * requests that open or end a session have none.
 */
const nothingToRead: Rule = (_, { method }) =>
  method === 'GET' ||
  method === 'DELETE' ||
  new OAuthError(
    'invalid_request',
    'Send the message as JSON, with Content-Type: application/json.',
    {
      detail: 'guard.mcp().authorize was handed no message: hand it the parsed body',
    },
  )

const notThere = (name: unknown) =>
  new OAuthError('access_denied', 'There is no such tool.', {
    status: 403,
    detail: `no rule for the tool ${JSON.stringify(name)}`,
    decision: decidedBy('tool.policy'),
  })

function tokenError(invalidToken: McpTokenError, message: string): Error {
  return isNamed(invalidToken)
    ? new invalidToken(message)
    : new invalidToken('invalid_token', message)
}

/** The errors of v1 are a class for each code, those of v2 are told it. */
const isNamed = (
  invalidToken: McpTokenError,
): invalidToken is Extract<McpTokenError, { errorCode: string }> => 'errorCode' in invalidToken

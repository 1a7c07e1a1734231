/**
 * What a guard does for MCP servers that are written with the SDK, and what the two hand each other. The
 * SDK is described by shape, in both of its versions, so that a guard needs neither.
 *
 * @see {@link https://github.com/modelcontextprotocol/typescript-sdk | MCP TypeScript SDK}
 * @module
 */

import type { GuardRule } from './judge.ts'
import type { Principal } from './principal.ts'

/** Who is calling, as the SDK hands it from the transport to the tools (`AuthInfo`). */
export interface McpAuthInfo {
  token: string
  clientId: string
  /** With everything that the scope hierarchy includes. */
  scopes: string[]
  /** Seconds since the epoch. */
  expiresAt?: number
  resource: URL
  resourceMetadataUrl?: string
  extra: { principal: Principal }
}

/** An `AuthInfo` as tools get it, whoever made it. */
interface AuthInfoLike {
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}

/** The context that tools get: of v2, or the `extra` of v1. */
export interface McpContext {
  readonly http?: { readonly authInfo?: AuthInfoLike | undefined } | undefined
  readonly authInfo?: AuthInfoLike | undefined
}

/** What `requireBearerAuth` of the SDK asks. */
export interface McpTokenVerifier {
  /** @throws {Error} of the class that the verifier was made with, if the token is no good. */
  verifyAccessToken(token: string): Promise<McpAuthInfo>
}

/** The error class by which the SDK knows that a token is no good; it answers others with a 500. */
export type McpTokenError =
  | (new (
      code: string,
      message: string,
    ) => Error)
  | ((new (message: string) => Error) & { readonly errorCode: string })

/** What the SDK asks a client to step up to. */
export interface McpScopeChallenge {
  readonly scopes: readonly [string, ...string[]]
  readonly errorDescription: string
}

/** Says whether a request needs a step up (`ScopeChallengeHandler` of v2). */
export type McpScopeChallengeHandler = (
  context: Pick<McpContext, 'authInfo'>,
) => Promise<McpScopeChallenge | undefined>

/** A guard for an MCP server that is written with the SDK, of either version. */
export interface McpGuard {
  /**
   * A principal of this guard as the SDK's `AuthInfo`; hand it to the transport or handler.
   *
   * @throws {ConfigError} if the principal is not this guard's.
   */
  authInfo(principal: Principal): McpAuthInfo

  /**
   * Who calls a tool.
   *
   * @param context - What the SDK gives a tool besides its arguments.
   * @throws {ConfigError} if this guard did not let the call in.
   */
  principal(context: McpContext): Principal

  /**
   * Makes a tool, resource or prompt run only for callers that meet a rule. For the others it fails, with
   * the reason; and for everybody, if this guard did not let the call in.
   *
   * @param tool - An `async` function: it becomes one if it is not.
   * @throws {ConfigError} if it is no function.
   */
  tool<Tool extends (...args: never[]) => unknown>(rule: GuardRule, tool: Tool): Tool

  /**
   * Makes the `scopeChallenge` of a tool, resource or prompt (v2): callers without all of the scopes get
   * the 403 that makes their client step up, instead of an error.
   *
   * @throws {ConfigError} if there is no scope, or something that is none.
   * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#scope-challenge-handling | MCP}
   */
  scopeChallenge(...scopes: readonly [string, ...string[]]): McpScopeChallengeHandler

  /**
   * The refusal of a message that calls a tool whose rule its sender does not meet; nothing if the server
   * may have it. Unlike the failure of a tool, it makes clients step up, with v1 as well.
   *
   * @param message - The parsed body; hand the same to the server. A `POST` without one is refused: the
   * server would read what no rule has seen.
   * @param tools - What tools ask, by name; `*` stands for the others, which without it are refused.
   */
  authorize(
    principal: Principal,
    message: unknown,
    tools: Readonly<Record<string, GuardRule>>,
  ): Promise<Response | undefined>

  /**
   * A verifier for `requireBearerAuth` of the SDK. It knows a token by its text alone: one that is bound
   * to a key is refused, and nobody counts where requests come from. {@link Guard.check} sees more.
   *
   * @param invalidToken - `OAuthError` of `@modelcontextprotocol/server`, or `InvalidTokenError` of
   * `@modelcontextprotocol/sdk/server/auth/errors.js`.
   */
  verifier(invalidToken: McpTokenError): McpTokenVerifier
}

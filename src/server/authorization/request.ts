/**
 * An authorization request, from what was sent to what was understood.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 | RFC 6749 §4.1.1}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { type Parameters, printable } from '../../protocol/parameters.ts'
import type { ProtectedResource } from '../../protocol/protected-resource.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'

/** A request that passed every check. */
export interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | null
  readonly resource: ProtectedResource
  readonly scopes: readonly string[]
  readonly codeChallenge: string
  readonly nonce: string | null
  readonly prompt: readonly string[]
  /** Seconds. */
  readonly maxAge: number | null
  readonly loginHint: string | null
}

/** A request on its way through the checks: what the earlier ones established. */
export interface Draft extends Partial<AuthorizationRequest> {
  readonly params: Parameters
  readonly context: ServerContext
}

/** One check. It adds what it established, or throws. */
export interface AuthorizationCheck {
  readonly name: string
  /** The section that demands it. */
  readonly see: string
  check(draft: Draft): Partial<AuthorizationRequest> | Promise<Partial<AuthorizationRequest>>
}

/** What an earlier check must have established; a missing one is a mistake in their order. */
export function established<K extends keyof AuthorizationRequest>(
  draft: Draft,
  key: K,
): AuthorizationRequest[K] {
  const { [key]: value }: Partial<AuthorizationRequest> = draft
  if (value === undefined) throw new TypeError(`The check for ${key} has not run yet.`)
  return value
}

/**
 * A parameter that must not come twice.
 *
 * @throws {OAuthError} `invalid_request` if it did (RFC 6749 §3.1).
 */
export function single(params: Parameters, name: string): string | undefined {
  const [value, another] = params.all(name)
  if (another !== undefined) {
    throw new OAuthError('invalid_request', `${printable(name)} must not be sent more than once.`)
  }
  return value
}

/**
 * What stands between a request and its answer: a page, and what its buttons do.
 *
 * @module
 */

import type { Parameters } from '../../../protocol/parameters.ts'
import type { ServerContext } from '../../context.ts'
import type { Exchange } from '../../exchange.ts'
import type { Held } from '../interaction.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { SignedInUser, Standing } from '../standing.ts'

/** A browser at an interaction. */
export interface Visit {
  readonly held: Held
  readonly request: AuthorizationRequest
  readonly signedIn: SignedInUser | undefined
  readonly exchange: Exchange
  readonly context: ServerContext
}

/** One step. */
export interface Step {
  readonly name: string
  /** Whether the visit must pass through it now. */
  needed(visit: Visit): boolean | Promise<boolean>
  /** Whether its page speaks for the account that is signed in: no other may press its buttons. */
  readonly personal: boolean
  page(visit: Visit): Response | Promise<Response>
  /** What each button does, by the value of `action`. */
  readonly actions: Readonly<Record<string, (visit: Visit, form: Parameters) => Promise<Response>>>
}

/** Where a visit stands that has passed sign-in; to ask before is a mistake in the order of steps. */
export function standingOf({ request, held, signedIn }: Visit): Standing {
  if (signedIn === undefined) throw new TypeError('A step came before sign-in that must not.')
  return { request, startedAt: held.row.createdAt, signedIn }
}

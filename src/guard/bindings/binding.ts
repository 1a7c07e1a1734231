/**
 * What a way of binding a token to its sender is to the guard: a member of `cnf`, and one function.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800#section-3.1 | RFC 7800 §3.1}
 * @module
 */

import type { Presented } from '../presented.ts'
import type { Proof } from '../principal.ts'
import type { Visit } from '../request.ts'

/** What is left of a proof that was good. */
export interface Bound {
  readonly binding: NonNullable<Proof['binding']>
  /** What the answer to the request must say besides what it is about, by header. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An authentication scheme that is for bound tokens only. */
export interface BoundScheme {
  /** As challenges name it. */
  readonly scheme: string
  /** The parameters of its challenges. */
  readonly challenge: Readonly<Record<string, string>>
  /** Whether callers without credentials are told of it. */
  readonly isOffered: boolean
}

/** One way of binding tokens. */
export interface Binding {
  /** The member of `cnf` that names the key or the certificate. */
  readonly member: string
  readonly scheme?: BoundScheme
  /**
   * Refuses whoever does not hold what the token is bound to.
   *
   * @param expected - What the member says.
   * @throws {OAuthError}
   */
  check(expected: unknown, presented: Presented, visit: Visit): Promise<Bound>
}

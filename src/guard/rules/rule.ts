/**
 * What a rule is: a function that says whether a caller may do something.
 *
 * @module
 */

import { ConfigError, type OAuthError } from '../../errors.ts'
import type { Principal } from '../principal.ts'
import type { Connection, GuardRequest } from '../request.ts'

/** What a rule is told besides who calls and with which request. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly connection: Connection
}

/** Only exactly `true` lets in; `false` is a 403, an error is answered as it is. */
export type Judgement = boolean | OAuthError

/**
 * Says whether a caller may do something. One that throws, or answers anything else, is a fault: the
 * caller gets a 500 and the operator the reason.
 */
export interface Rule {
  (
    principal: Principal,
    request: GuardRequest,
    circumstances: Circumstances,
  ): Judgement | Promise<Judgement>
  /** The scopes that the caller has to keep or get, so that one step up is enough for several rules. */
  readonly needs?: (principal: Principal) => readonly string[]
}

/** What may stand in a challenge as it is: printable ASCII, without spaces, quotes and backslashes. */
const NAME = /^[\x21\x23-\x5b\x5d-\x7e]+$/

const isName = (value: unknown) => typeof value === 'string' && NAME.test(value)

/**
 * Checks the names that a rule is made of. A rule of none would let everybody in.
 *
 * @throws {ConfigError} if there is none, or one that could not be right.
 */
export function checkNames(
  rule: string,
  names: readonly unknown[],
  isRight: (name: unknown) => boolean = isName,
): void {
  if (names.length === 0) throw new ConfigError(rule, 'must be told at least one name.')
  for (const name of names) {
    if (isRight(name)) continue
    throw new ConfigError(rule, `${JSON.stringify(name)} is not a name.`, 'Give one name each.')
  }
}

/**
 * How long a token is good, and for what.
 *
 * @module
 */

import { ClientError } from './errors.ts'
import type { KeptGrant } from './kept-grant.ts'

/** What is wanted of a token. */
export interface TokenNeed {
  /** Scopes that it must have; any will do if none are named. */
  readonly scopes?: readonly string[] | undefined
  /** An access token that the resource refused: the same one will not do. */
  readonly rejected?: string | undefined
}

/** Before its end, and at most this part of its life, a token is not handed out unrenewed. */
const MARGIN_MS = 30_000
const MARGIN_PART = 0.1

/** And so much before its end it is renewed while it is still handed out. */
const AHEAD_MS = 120_000
const AHEAD_PART = 0.25

/** From when on a token is renewed while it is used, and from when on before; in milliseconds since the epoch. */
export function timesOf({ expiresAt, givenAt }: KeptGrant) {
  if (expiresAt === undefined) {
    return { renewAt: Number.POSITIVE_INFINITY, staleAt: Number.POSITIVE_INFINITY }
  }
  const life = Math.max(0, expiresAt - givenAt)
  return {
    renewAt: expiresAt - Math.min(AHEAD_MS, life * AHEAD_PART),
    staleAt: expiresAt - Math.min(MARGIN_MS, life * MARGIN_PART),
  }
}

/** Whether a grant has all of some scopes. */
export const hasScopes = ({ scopes }: KeptGrant, needed: readonly string[] = []): boolean =>
  needed.every((scope) => scopes.includes(scope))

/** Whether a grant's token will do, whatever the time. */
export const isGood = (kept: KeptGrant, { scopes, rejected }: TokenNeed): boolean =>
  hasScopes(kept, scopes) &&
  (rejected === undefined || kept.accessToken.reveal('comparing') !== rejected)

/** Whether an error says that a grant is dead. */
export const isSignInNeeded = (error: unknown): error is ClientError =>
  error instanceof ClientError && error.code === 'sign_in_needed'

/** Whether an error says that nothing was lost. */
export const isPassing = (error: unknown): error is ClientError =>
  error instanceof ClientError && (error.code === 'unreachable' || error.code === 'try_later')

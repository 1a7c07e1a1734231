/**
 * Checking the password of a person without signing them in: for guards that accept HTTP Basic. It is
 * an attempt like any other, counted and throttled together with those of the login page.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617 | RFC 7617}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { eventMaker } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import { Secret } from '../vault/index.ts'
import type { Attempts, Refused } from './attempts.ts'
import type { Users } from './users.ts'

/** What is looked at of a request and its connection. */
export interface PasswordVisit {
  readonly request: { readonly headers: { get(name: string): string | null } }
  readonly connection: { readonly remoteAddress?: string | undefined }
}

/** Whose password it was. */
export interface PasswordHolder {
  /** The id of the user. */
  readonly subject: string
  readonly roles: readonly string[]
  /** Whether the account still is as it was: neither changed, nor disabled, nor removed. */
  readonly isCurrent: () => Promise<boolean>
}

/** Says whose password it is; nothing if nobody's, whatever was wrong. */
export type PasswordCheck = (
  username: string,
  password: string,
  visit: PasswordVisit,
) => Promise<PasswordHolder | undefined>

/** What the check works with. */
interface PasswordCheckContext {
  readonly attempts: Attempts
  readonly users: Pick<Users, 'find'>
  readonly platform: Platform
}

/**
 * Makes the check.
 *
 * @returns A function that throws {@link OAuthError} `temporarily_unavailable`, with status 429 for
 * whoever failed too often.
 */
export function createPasswordCheck(context: PasswordCheckContext): PasswordCheck {
  const { attempts, users, platform } = context
  return async (username, password, { request, connection }) => {
    // Not worth an attempt, and no other refusal than that of a wrong one.
    if (password === '') return undefined
    const attempt = {
      ...({ method: 'password', username, password: new Secret(password) } as const),
      source: connection.remoteAddress,
      userAgent: request.headers.get('user-agent') ?? undefined,
    }
    const event = eventMaker(platform, newCorrelationId(platform))
    const outcome = await attempts(attempt, event, (user) => ({
      changes: [],
      answer: () => ({ ok: true, user }) as const,
    }))
    if (!outcome.ok) return refused(outcome)
    const { id, roles, epoch } = outcome.user
    const isCurrent = async () => {
      const user = await users.find(id)
      return user !== undefined && user.epoch === epoch && user.disabledAt === null
    }
    return { subject: id, roles, isCurrent }
  }
}

function refused({ reason, retryAfterSeconds = 1 }: Refused): undefined {
  if (reason === 'refused') return undefined
  throw new OAuthError(
    'temporarily_unavailable',
    'Too many attempts to sign in. Wait a little and try again.',
    { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } },
  )
}

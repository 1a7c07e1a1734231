/**
 * A session of a page: an account of the client, whose tokens are in its store, and who that is.
 *
 * @module
 */

import { randomToken } from '../platform.ts'
import { clear, openFrom, SESSION, sealInto } from './cookies.ts'
import type { BffContext } from './options.ts'

/** A session, as the cookie holds it. */
export interface BffSession {
  /** The account that the client keeps its grant under. */
  readonly account: string
  /** In milliseconds since the epoch. */
  readonly endsAt: number
  /** The claims of the ID token, if one was asked for. */
  readonly user: Readonly<Record<string, unknown>> | null
}

const ACCOUNT = /^bff\.(\d{1,16})\.[\w-]+$/

/** The account of a new session. Its name says when it ends, so that what is left over can be found. */
export const newAccount = (endsAt: number, { platform }: BffContext): string =>
  `bff.${endsAt}.${randomToken(platform)}`

/** When the session of an account ends; nothing if it is no account of a session. */
export function endOf(account: string): number | undefined {
  const end = ACCOUNT.exec(account)?.[1]
  return end === undefined ? undefined : Number(end)
}

/** The session of a request; nothing if it has none, or its time is over. */
export function sessionOf(request: Request, context: BffContext): BffSession | undefined {
  const session = openFrom(request, SESSION, context)
  return isSession(session) && context.platform.now() < session.endsAt ? session : undefined
}

/** Nobody else can seal what is there; another version may have. */
const isSession = (value: unknown): value is BffSession =>
  typeof value === 'object' &&
  value !== null &&
  'account' in value &&
  typeof value.account === 'string' &&
  'endsAt' in value &&
  typeof value.endsAt === 'number' &&
  'user' in value &&
  typeof value.user === 'object'

/** The cookie of a session. */
export const sessionCookie = (session: BffSession, context: BffContext): string =>
  sealInto(
    SESSION,
    {
      value: session,
      maxAgeSeconds: Math.floor((session.endsAt - context.platform.now()) / 1000),
    },
    context,
  )

/** Takes the cookie of a session away. */
export const noSession = (): string => clear(SESSION)

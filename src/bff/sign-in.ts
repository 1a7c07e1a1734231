/**
 * Signing in and out, by the browser's own navigation.
 *
 * @module
 */

import { ClientError, type PendingAuthorization } from '../client/index.ts'
import { json, redirect, refusal } from './answers.ts'
import { clear, openFrom, PENDING, sealInto } from './cookies.ts'
import type { BffContext } from './options.ts'
import { newAccount, noSession, sessionCookie, sessionOf } from './session.ts'

/** What is remembered while the user is at the server. */
interface PendingSession {
  readonly pending: PendingAuthorization
  readonly returnTo: string
  readonly endsAt: number
  /** The session before this one, which is over then. */
  readonly before: string | null
}

const isPending = (value: unknown): value is PendingSession =>
  typeof value === 'object' &&
  value !== null &&
  'pending' in value &&
  typeof value.pending === 'object' &&
  'returnTo' in value &&
  typeof value.returnTo === 'string' &&
  'endsAt' in value &&
  typeof value.endsAt === 'number' &&
  'before' in value

/** The client takes no answer after ten minutes. Whoever comes a little later is told that it is late. */
const PENDING_SECONDS = 1_800

/** Sends the user to the server. `returnTo` is where they are to be afterwards. */
export async function login(request: Request, context: BffContext): Promise<Response> {
  const destination = request.headers.get('sec-fetch-dest')
  // A picture of another site must not end the sign-in that is under way.
  if (destination !== null && destination !== 'document') {
    return refusal(400, 'invalid_request', 'Have the browser go here: location.href = …')
  }
  const { client, platform, sessionMs } = context
  const endsAt = platform.now() + sessionMs
  const { url, pending } = await client.begin({ account: newAccount(endsAt, context) })
  const value: PendingSession = {
    ...{ pending, endsAt },
    returnTo: pathWithin(new URL(request.url).searchParams.get('returnTo'), context),
    before: sessionOf(request, context)?.account ?? null,
  }
  return redirect(url, [sealInto(PENDING, { value, maxAgeSeconds: PENDING_SECONDS }, context)])
}

/** Takes the user back: who they are goes into the cookie, their tokens into the store. */
export async function callback(request: Request, context: BffContext): Promise<Response> {
  const { client, origin } = context
  const opened = openFrom(request, PENDING, context)
  const found = isPending(opened) ? opened : undefined
  const { pathname, search } = new URL(request.url)
  try {
    if (found === undefined) throw new ClientError('response_mismatch')
    const { pending, returnTo, endsAt, before } = found
    // As the world sees it, whatever a proxy has made of it.
    const { claims } = await client.finish(`${origin}${pathname}${search}`, pending)
    if (before !== null) await client.logout({ account: before })
    const session = {
      account: pending.account,
      endsAt,
      user: claims === undefined ? null : { ...claims },
    }
    return redirect(returnTo, [sessionCookie(session, context), clear(PENDING)])
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    // One of our own words: what the answer says may be anybody's.
    const back = new URL(found?.returnTo ?? '/', origin)
    back.searchParams.set('signin_error', error.code)
    return redirect(`${back.pathname}${back.search}${back.hash}`, [clear(PENDING)])
  }
}

/** Who is signed in, for the page. */
export function whoIs(request: Request, context: BffContext): Response {
  const session = sessionOf(request, context)
  return json({ signed_in: session !== undefined, user: session?.user ?? null })
}

/** Ends the session, and gives its tokens back. */
export async function logout(request: Request, context: BffContext): Promise<Response> {
  const session = sessionOf(request, context)
  if (session !== undefined) await context.client.logout({ account: session.account })
  return json({ signed_in: false, user: null }, 200, { 'set-cookie': noSession() })
}

/** A path of the page: whoever makes a link to the sign-in must not say where it ends. */
function pathWithin(wanted: string | null, { origin }: BffContext): string {
  const url = wanted !== null && URL.canParse(wanted, origin) ? new URL(wanted, origin) : undefined
  if (url?.origin !== origin) return '/'
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}${url.hash}`
}

/**
 * The backend for the frontend as one function from request to response.
 *
 * | | |
 * | --- | --- |
 * | `GET /bff/login?returnTo=/path` | sends the browser to sign in |
 * | `GET /bff/callback` | where it comes back |
 * | `GET /bff/session` | who is signed in |
 * | `POST /bff/logout` | ends that |
 * | `/bff/api/NAME/…` | calls the API `NAME` for whoever is signed in |
 *
 * All but the first two want the header `X-CSRF: 1`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} §6.1
 * @module
 */

import { answerTo, refusal } from './answers.ts'
import { type BffContext, type BffOptions, settle } from './options.ts'
import { forward, targetOf } from './proxy.ts'
import { forgedBy } from './same-page.ts'
import { endOf, sessionOf } from './session.ts'
import { callback, login, logout, whoIs } from './sign-in.ts'

/** A backend for the frontend. */
export interface Bff {
  /** Answers a request below its path; everything else is 404. */
  fetch(request: Request): Promise<Response>
  /**
   * Forgets the tokens of sessions that are over without anybody having signed out. Gives how many.
   *
   * @throws {ClientError} `store_unusable`
   */
  sweep(): Promise<number>
}

/**
 * Makes a backend for the frontend.
 *
 * @throws {ConfigError} if an option is wrong.
 */
export function createBff(options: BffOptions): Bff {
  const context = settle(options)
  return {
    fetch: (request) => answer(request, context),
    sweep: () => sweep(context),
  }
}

async function answer(request: Request, context: BffContext): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const { path, origin, apis } = context
  if (!pathname.startsWith(`${path}/`)) return unknown()
  const within = pathname.slice(path.length + 1)
  const route = `${request.method} ${within}`
  if (route === 'GET login') return login(request, context).catch(answerTo)
  if (route === 'GET callback') return callback(request, context)
  const forged = forgedBy(request, origin)
  if (forged !== undefined) return forged
  if (route === 'GET session') return whoIs(request, context)
  if (route === 'POST logout') return logout(request, context).catch(answerTo)
  if (!within.startsWith('api/')) return unknown()
  const target = targetOf(within.slice('api/'.length), search, apis)
  if (target === undefined) return unknown()
  const session = sessionOf(request, context)
  if (session === undefined) return refusal(401, 'sign_in_needed', 'Sign in first.')
  return forward(request, target, { session, context })
}

const unknown = () => refusal(404, 'not_found', 'There is nothing at this address.')

async function sweep({ client, store, platform }: BffContext): Promise<number> {
  const grants = (await store?.grants()) ?? []
  const over = grants.filter(({ key }) => (endOf(key.account) ?? Infinity) <= platform.now())
  for (const { key } of over) await client.logout({ account: key.account, resource: key.resource })
  return over.length
}

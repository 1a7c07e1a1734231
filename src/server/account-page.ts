/**
 * Pages that speak to one account outside of an authorization request: whoever comes signs in first,
 * and what is shown then is for them.
 *
 * Every form is bound to its browser, to its address and to the account that it speaks for; pressing
 * a button of somebody else's page, or of one's own after another has signed in, does nothing.
 *
 * @module
 */

import { csrfMatches, csrfToken, SESSION_COOKIE } from '../accounts/index.ts'
import { OAuthError } from '../errors.ts'
import { randomToken } from '../platform.ts'
import { type Parameters, readForm } from '../protocol/parameters.ts'
import { checkSameOrigin, forged, pageContext } from './authorization/page-context.ts'
import { redirect } from './authorization/response.ts'
import { findSignedIn, type SignedInUser } from './authorization/standing.ts'
import type { ServerContext } from './context.ts'
import type { Endpoint } from './endpoints/endpoint.ts'
import { cookie, type Exchange, setCookie } from './exchange.ts'
import { loginPage } from './pages/index.ts'
import { checkRate } from './rate.ts'
import { loginFailed, signInByForm, signOut } from './sign-in.ts'

/** One of these pages. `S` is what a visit is about. */
export interface AccountPage<S> {
  /** The cookie that ties forms to a browser that may not be signed in yet. */
  readonly cookie: string
  /**
   * What a request is about, and the exchange that it continues.
   *
   * @throws {OAuthError} if it is about nothing.
   */
  arrive(exchange: Exchange): { readonly subject: S; readonly exchange: Exchange }
  /** The address of the page about it; no two subjects share one. */
  addressOf(subject: S): string
  /** What the sign-in says that it is for. */
  purposeOf(subject: S): string | undefined
  show(visit: AccountVisit<S>): Response | Promise<Response>
  /** What each button does, by the value of `action`. “Switch account” is there for every page. */
  readonly actions: Readonly<Record<string, AccountAction<S>>>
  /** What is to happen before an account is left. */
  leave?(visit: AccountVisit<S>): Promise<void>
}

type AccountAction<S> = (visit: AccountVisit<S>, form: Parameters) => Response | Promise<Response>

/** An account at a page. */
export interface AccountVisit<S> {
  readonly subject: S
  readonly signedIn: SignedInUser
  readonly exchange: Exchange
  readonly context: ServerContext
  /** Where the forms of the page are sent, and a token for each. */
  form(): { readonly action: string; readonly csrf: string }
}

/** How long the cookie is kept without a visit, in seconds. */
const COOKIE_AGE = 900

const COOKIE_VALUE = /^[\w-]{43}$/

/** A browser at a page, whoever is signed in there. */
interface Arrival<S> {
  readonly subject: S
  readonly signedIn: SignedInUser | undefined
  /** The value of the cookie that forms are bound to. */
  readonly browser: string
  readonly exchange: Exchange
}

/** The handlers of a page. */
export function accountPage<S>(page: AccountPage<S>, context: ServerContext): Endpoint['methods'] {
  const { vault, platform } = context

  const arrive = async (request: Exchange): Promise<Arrival<S>> => {
    const { subject, exchange } = page.arrive(request)
    const signedIn = await findSignedIn(cookie(exchange.request, SESSION_COOKIE), context)
    const held = cookie(exchange.request, page.cookie) ?? ''
    const browser = COOKIE_VALUE.test(held) ? held : randomToken(platform)
    return { subject, signedIn, browser, exchange }
  }
  const boundTo = (subject: S, signedIn: SignedInUser | undefined) =>
    `${page.addressOf(subject)} ${signedIn?.user.id ?? ''}`
  const formOf = ({ subject, browser }: Arrival<S>, signedIn: SignedInUser | undefined) => ({
    action: page.addressOf(subject),
    csrf: csrfToken(vault, platform, browser, boundTo(subject, signedIn)),
  })
  const visitOf = (arrival: Arrival<S>, signedIn: SignedInUser): AccountVisit<S> => {
    const { subject, exchange } = arrival
    return { subject, signedIn, exchange, context, form: () => formOf(arrival, signedIn) }
  }
  const signInPage = (arrival: Arrival<S>, failed?: { readonly username: string }) =>
    loginPage(
      {
        ...formOf(arrival, undefined),
        clientName: page.purposeOf(arrival.subject),
        username: failed?.username,
        error: failed === undefined ? undefined : loginFailed,
      },
      pageContext(context),
    )

  const press = async (arrival: Arrival<S>, form: Parameters): Promise<Response> => {
    const { subject, signedIn, browser, exchange } = arrival
    const name = form.get('action') ?? ''
    const action = Object.hasOwn(page.actions, name) ? page.actions[name] : undefined
    if (action === undefined && name !== 'login' && name !== 'logout') throw noSuchButton()
    // Whoever signs in is not known yet; every other button is pressed by somebody.
    const bound = boundTo(subject, name === 'login' ? undefined : signedIn)
    if (!csrfMatches(vault, form.get('csrf'), browser, bound)) {
      throw forged('form token absent, wrong, or of another account')
    }
    if (name === 'login') {
      const result = await signInByForm(form, exchange, context)
      if (!result.ok) return signInPage(arrival, result)
      return redirect(page.addressOf(subject), result.cookies)
    }
    if (signedIn === undefined) return signInPage(arrival)
    const visit = visitOf(arrival, signedIn)
    if (action !== undefined) return action(visit, form)
    await page.leave?.(visit)
    return redirect(page.addressOf(subject), await signOut(exchange, context))
  }

  return {
    async GET(request) {
      await checkRate(context.limits.authorize, request.source)
      const arrival = await arrive(request)
      const { signedIn, browser } = arrival
      const response = await (signedIn === undefined
        ? signInPage(arrival)
        : page.show(visitOf(arrival, signedIn)))
      response.headers.append('set-cookie', setCookie(page.cookie, browser, COOKIE_AGE))
      return response
    },
    async POST(request) {
      await checkRate(context.limits.authorize, request.source)
      checkSameOrigin(request, context)
      const arrival = await arrive(request)
      return press(arrival, await readForm(request.request, { query: 'allowed' }))
    },
  }
}

const noSuchButton = () =>
  new OAuthError('invalid_request', 'That button does not belong to this page. Open it again.')

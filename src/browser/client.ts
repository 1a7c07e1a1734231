/**
 * A page as an OAuth client.
 *
 * Tokens are in the memory of the tabs, and nowhere else. There is no frame that signs in out of sight:
 * browsers give such frames no cookies, and what they answer can be stolen. A reload asks the other tabs,
 * and takes the user to the server and straight back if there are none.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700 | RFC 9700}
 * @module
 */

import { createApiFetch } from './api-fetch.ts'
import { beginSignIn, type SignInOptions } from './authorization-request.ts'
import { answerIn, checkAnswer, isQuiet } from './authorization-response.ts'
import { createProver } from './dpop.ts'
import { BrowserError } from './errors.ts'
import { type BrowserClientOptions, settle } from './options.ts'
import { noteSignedIn, wasSignedIn } from './pending-sign-in.ts'
import type { SignedInUser } from './session.ts'
import { SessionKeeper } from './session-keeper.ts'
import { type BrowserSurroundings, pageSurroundings } from './surroundings.ts'
import { redeemCode, type TokenContext } from './token-endpoint.ts'

/** Where the user stands. A new object for every change. */
export type AuthState =
  /** Nobody knows yet, or the user is on the way to the server. */
  | { readonly status: 'starting' }
  | {
      readonly status: 'signed-out'
      /** Whether somebody was signed in until now: they had better not be sent back at once. */
      readonly ended: boolean
      /** Why a sign-in came to nothing. */
      readonly error?: BrowserError
    }
  | {
      readonly status: 'signed-in'
      /** Nothing unless `openid` was asked for. */
      readonly user: SignedInUser | undefined
      readonly scopes: readonly string[]
      /** Why the last sign-in came to nothing, while another goes on. */
      readonly error?: BrowserError
    }

/** Signs users in, and calls APIs for them. */
export interface BrowserClient {
  /**
   * Finds out who is signed in: reads the answer of a sign-in, asks the other tabs, or has the server
   * say. Call it once when the page loads; it does not reject.
   */
  start(): Promise<AuthState>
  state(): AuthState
  /** Calls `listener` after every change. What it returns calls that off. */
  subscribe(listener: () => void): () => void
  /**
   * Takes the user to the server.
   *
   * @throws {BrowserError} `metadata_refused`, `unreachable` or `try_later`; then the page stays, and its
   * state says so too.
   */
  signIn(options?: SignInOptions): Promise<void>
  /**
   * Signs the user out in every tab, and gives the tokens back.
   *
   * @throws {BrowserError} if the server could not be told. The tokens are gone from here all the same.
   */
  signOut(): Promise<void>
  /**
   * An access token that is good for a while, renewed if it has to be.
   *
   * @throws {BrowserError} `sign_in_needed`, or `unreachable` and `try_later` while nothing is lost.
   */
  token(): Promise<string>
  /**
   * Calls an API with the token. Renews it and asks once more after a 401.
   *
   * @throws {BrowserError} `url_refused` for an address that tokens are not for, and as `token` does.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Leaves the other tabs. For tests; a page that goes away needs nothing. */
  close(): void
}

/**
 * Makes the client of a page. Make one for the page, not one for each component.
 *
 * @throws {ConfigError} if an option is wrong, or the page came without TLS.
 */
export function createBrowserClient(
  options: BrowserClientOptions,
  surroundings: BrowserSurroundings = pageSurroundings(),
): BrowserClient {
  const { navigation } = surroundings
  const settings = settle(options, navigation.current())
  const prover = settings.dpop ? createProver(settings, surroundings) : undefined
  const context: TokenContext = { settings, surroundings, prover }
  const listeners = new Set<() => void>()
  let state: AuthState = { status: 'starting' }
  let starting: Promise<AuthState> | undefined

  const show = (error?: BrowserError) => {
    const session = keeper.current()
    const why = error === undefined ? {} : { error }
    state =
      session === undefined
        ? { status: 'signed-out', ended: hasEnded(state), ...why }
        : { status: 'signed-in', user: session.user, scopes: session.scopes, ...why }
    for (const listener of listeners) listener()
    return state
  }
  const keeper = new SessionKeeper(context, show)

  const start = async (): Promise<AuthState> => {
    const error = await finishSignIn(context, keeper).catch(asBrowserError)
    if (keeper.current() !== undefined) return error === undefined ? state : show(error)
    await keeper.catchUp()
    if (keeper.current() !== undefined || error !== undefined) return show(error)
    if (!settings.silentReturn || navigation.framed || !wasSignedIn(settings, surroundings)) {
      return show()
    }
    // Once: whoever comes back without tokens is signed out.
    noteSignedIn(false, settings, surroundings)
    try {
      await beginSignIn({ prompt: 'none' }, settings, { surroundings, prover })
      return state
    } catch (cause) {
      noteSignedIn(true, settings, surroundings)
      return show(asBrowserError(cause))
    }
  }
  const started = () => {
    starting ??= start()
    return starting
  }
  const live = async () => {
    await started()
    const session = keeper.current()
    if (session === undefined) throw new BrowserError('sign_in_needed', 'Sign in.')
    const { renewAt = Number.POSITIVE_INFINITY } = session
    return surroundings.platform.now() < renewAt ? session : keeper.renew(session)
  }

  return {
    start: started,
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async signIn(wanted = {}) {
      try {
        await beginSignIn(wanted, settings, { surroundings, prover })
      } catch (error) {
        show(asBrowserError(error))
        throw error
      }
    },
    async signOut() {
      await started()
      const ended = await keeper.end()
      const { postLogoutRedirectUri, clientId } = settings
      if (ended?.places.endSessionEndpoint === undefined) return
      if (postLogoutRedirectUri === undefined) return
      const url = new URL(ended.places.endSessionEndpoint)
      url.searchParams.set('client_id', clientId)
      url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
      if (ended.idToken !== undefined) url.searchParams.set('id_token_hint', ended.idToken)
      navigation.leave(url.href)
    },
    token: async () => (await live()).accessToken,
    fetch: createApiFetch(context, { live, renew: (stale) => keeper.renew(stale) }),
    close: () => keeper.close(),
  }
}

/** Takes the answer of a sign-in out of the address, and redeems it. Gives why it came to nothing. */
async function finishSignIn(
  context: TokenContext,
  keeper: SessionKeeper,
): Promise<BrowserError | undefined> {
  const { settings, surroundings } = context
  const { navigation } = surroundings
  const answer = answerIn(navigation.current(), settings)
  if (answer === undefined) return undefined
  // Before anything else: the address goes into histories, and to whoever is linked to.
  const { pathname, search } = new URL(settings.redirectUri)
  navigation.replace(`${pathname}${search}`)
  const { pending, outcome } = checkAnswer(answer, settings, surroundings)
  navigation.replace(pending.returnTo)
  if ('refusal' in outcome) return isQuiet(pending, outcome.refusal) ? undefined : outcome.refusal
  await keeper.begin(() => redeemCode(outcome.code, pending, context))
  return undefined
}

const hasEnded = (before: AuthState): boolean =>
  before.status === 'signed-in' || (before.status === 'signed-out' && before.ended)

/** @throws what is no error of ours: a fault, which must be seen. */
function asBrowserError(error: unknown): BrowserError {
  if (error instanceof BrowserError) return error
  throw error
}

/**
 * A client: tokens for one API or MCP server, got, kept, renewed and sent nowhere else.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700 | RFC 9700}
 * @module
 */

import type { UserInfoResponse } from 'oauth4webapi'
import { apiFetch, meetRefusal, type TokenSupply } from './api-fetch.ts'
import { assemble } from './assembly.ts'
import { type ClientOptions, checkClientOptions } from './client-options.ts'
import { readChallenge } from './discovery/protected-resource.ts'
import { ClientError } from './errors.ts'
import type { BegunAuthorization, PendingAuthorization } from './flows/authorization-code.ts'
import type { Wanted } from './grant-keys.ts'
import type { KeptGrant } from './kept-grant.ts'
import { revoke } from './revocation.ts'
import {
  beginDeviceSignIn,
  beginSignIn,
  type DeviceSignIn,
  finishSignIn,
  type SignedIn,
  type SignInOptions,
} from './sign-in.ts'
import { createAsking } from './sign-in-asking.ts'
import { hasScopes, isSignInNeeded, type TokenNeed } from './token-life.ts'
import { userInfo } from './user-info.ts'

/** Which token a call is about. */
export interface TokenRequest {
  /** The resource that the client was made for unless told. */
  readonly resource?: string
  readonly account?: string
  /** Scopes that the token must have. */
  readonly scope?: readonly string[]
  /** Whether the user may be asked for what is missing, where there is one to ask; yes unless told. */
  readonly mayAsk?: boolean
}

/** Gets, keeps and uses tokens. Its functions can be taken off it. */
export interface Client {
  /**
   * A fresh access token.
   *
   * @throws {ClientError} `sign_in_needed`, `scope_needed` with the `scopes` to ask for; `unreachable` or
   * `try_later` if nothing was lost.
   */
  readonly token: (request?: TokenRequest) => Promise<string>
  /** The same with all that is kept of it: its type, its end, its scopes. */
  readonly grant: (request?: TokenRequest) => Promise<KeptGrant>
  /**
   * Calls the API with a fresh token. Renews it and tries again after a 401; asks for more scopes after
   * a 403 `insufficient_scope`. Redirects are answers: they are not followed.
   *
   * @throws {ClientError} `url_refused` for an origin that tokens are not for; otherwise as `token`.
   */
  readonly fetch: (
    input: string | URL | Request,
    init?: RequestInit,
    request?: TokenRequest,
  ) => Promise<Response>
  /**
   * For those who send the tokens of `token` themselves: has another ready after the API refused one, as
   * `fetch` does.
   *
   * @param sent - What the request was sent with; what there is now unless told.
   * @throws {ClientError} `sign_in_needed` or `scope_needed` if a user is needed and none is there.
   */
  readonly refused: (response: Response, request?: TokenRequest, sent?: KeptGrant) => Promise<void>
  /**
   * Has the user sign in by `onSignInNeeded`, now and whoever is signed in already.
   *
   * @throws {ClientError} `sign_in_needed` if nobody can be asked; what asking throws.
   */
  readonly signIn: (request?: TokenRequest) => Promise<KeptGrant>
  /** Begins a sign-in in a browser. Keep `pending` in the user's session, and nowhere else. */
  readonly begin: (options?: SignInOptions) => Promise<BegunAuthorization>
  /**
   * Finishes it with the whole URL that the browser came back to.
   *
   * @throws {ClientError} `response_mismatch` if it is not the answer to what was begun; what the server
   * said no with otherwise.
   */
  readonly finish: (callbackUrl: string, pending: PendingAuthorization) => Promise<SignedIn>
  /** Begins a sign-in on another machine. */
  readonly beginDevice: (options?: SignInOptions) => Promise<DeviceSignIn>
  /** Who the user with this `sub` is. */
  readonly userInfo: (subject: string, request?: TokenRequest) => Promise<UserInfoResponse>
  /**
   * Forgets a grant, and tells the server.
   *
   * @returns Whether the server took it; it is forgotten here in any case.
   */
  readonly logout: (request?: TokenRequest) => Promise<{ readonly revoked: boolean }>
}

/**
 * Makes a client.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 */
export function createClient(options: ClientOptions): Client {
  checkClientOptions(options)
  const parts = assemble(options)
  const { tokens, keys, signIn, connections, api, store } = parts
  const home: Wanted = { resource: options.resource ?? '', account: signIn.account }
  const homeName = nameOf(home)

  const wantedBy = ({
    resource = home.resource,
    account = home.account,
  }: TokenRequest): Wanted => ({
    resource,
    account,
  })
  async function obtain(wanted: Wanted, need: TokenNeed): Promise<KeptGrant> {
    try {
      return await tokens.obtain(nameOf(wanted), await keys.of(wanted), need)
    } catch (error) {
      // Another process may sign in at another server.
      if (isSignInNeeded(error)) keys.reset()
      throw error
    }
  }

  /** A token that is there already, found without waiting. */
  function live(request: TokenRequest | undefined): KeptGrant | undefined {
    const name = request === undefined ? homeName : nameOf(wantedBy(request))
    const grant = tokens.live(name)
    return grant !== undefined && hasScopes(grant, request?.scope) ? grant : undefined
  }
  const grant = async (request: TokenRequest = {}): Promise<KeptGrant> =>
    live(request) ?? obtain(wantedBy(request), { scopes: request.scope })

  const finish = (url: string, pending: PendingAuthorization) => finishSignIn(signIn, url, pending)
  const kept = async (wanted: Wanted) => store.grant(await keys.of(wanted))
  const ask = createAsking({
    begin: (asked, description) => beginSignIn(signIn, asked, description),
    beginDevice: (asked, description) => beginDeviceSignIn(signIn, asked, description),
    ...{ finish, platform: signIn.platform },
    onSignInNeeded: options.onSignInNeeded,
    kept: (wanted) => kept(wanted).catch(unlessNobody),
    describe: ({ resource }, challenge) =>
      connections.describe(resource, challenge === null ? undefined : readChallenge(challenge)),
    registered: ({ resource }, description) => connections.redirectUris(resource, description),
  })
  const supplyFor = (wanted: Wanted, { mayAsk = true }: TokenRequest): TokenSupply => ({
    canAsk: mayAsk && options.onSignInNeeded !== undefined,
    waitsForChallenge: options.waitForChallenge === true,
    obtain: async (need) =>
      (need.rejected === undefined ? live({ ...wanted, ...scopeOf(need) }) : undefined) ??
      obtain(wanted, need),
    async signIn(error, challenge) {
      if (!mayAsk) throw error
      await ask(wanted, error, challenge)
      return obtain(wanted, { scopes: undefined })
    },
  })

  return {
    ...{ grant, finish },
    begin: (asked) => beginSignIn(signIn, asked),
    beginDevice: (asked) => beginDeviceSignIn(signIn, asked),
    async token(request) {
      const found = live(request) ?? (await grant(request))
      return found.accessToken.reveal('a token that was asked for')
    },
    async signIn(request = {}) {
      const { scope: scopes } = request
      await ask(wantedBy(request), new ClientError('sign_in_needed', 'Sign in.', { scopes }), null)
      return grant(request)
    },
    fetch: (input, init, request = {}) =>
      apiFetch(api, supplyFor(wantedBy(request), request), input, init, request.scope),
    refused: (response, request = {}, sent = live(request)) =>
      meetRefusal(supplyFor(wantedBy(request), request), sent, response),
    async userInfo(subject, request = {}) {
      const found = await grant(request)
      return userInfo(await connections.of(found.key), found, { subject, context: api })
    },
    async logout(request = {}) {
      const found = await kept(wantedBy(request)).catch(unlessNobody)
      return { revoked: found !== undefined && (await end(parts, found)) }
    },
  }
}

const nameOf = ({ resource, account }: Wanted): string => `${account}\n${resource}`

const scopeOf = ({ scopes }: TokenNeed) => (scopes === undefined ? {} : { scope: scopes })

/** It is over here, whatever the server says; there it ends by itself. */
async function end(
  { tokens, connections }: Pick<ReturnType<typeof assemble>, 'tokens' | 'connections'>,
  found: KeptGrant,
): Promise<boolean> {
  const { key } = found
  const last = (await tokens.forget(key)) ?? found
  try {
    return await revoke(await connections.of(key), last)
  } catch (error) {
    if (error instanceof ClientError) return false
    throw error
  }
}

function unlessNobody(error: unknown): undefined {
  if (isSignInNeeded(error)) return undefined
  throw error
}

/**
 * The token endpoint as a public client uses it: a code for tokens, a refresh token for new ones, and
 * both given back.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5 | RFC 6749 §5}
 * @module
 */

import type { Prover } from './dpop.ts'
import { BrowserError } from './errors.ts'
import { type Answer, exchange, malformed } from './exchange.ts'
import { readIdToken } from './id-token.ts'
import type { ClientSettings } from './options.ts'
import type { PendingSignIn } from './pending-sign-in.ts'
import type { Session } from './session.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** What requests are made with. */
export interface TokenContext {
  readonly settings: ClientSettings
  readonly surroundings: BrowserSurroundings
  readonly prover: Prover | undefined
}

/** Everything of a session but which one it is. */
export type Tokens = Omit<Session, 'lineage' | 'generation'>

/**
 * Redeems a code.
 *
 * @throws {BrowserError} `refused`, `answer_malformed`, `response_mismatch`, `unreachable`, `try_later`.
 */
export async function redeemCode(
  code: string,
  pending: PendingSignIn,
  context: TokenContext,
): Promise<Tokens> {
  const { settings, surroundings } = context
  const { tokenEndpoint, revocationEndpoint, endSessionEndpoint } = pending.server
  const body = await request(
    tokenEndpoint,
    {
      grant_type: 'authorization_code',
      ...{ code, redirect_uri: pending.redirectUri, code_verifier: pending.codeVerifier },
      resource: settings.resource,
    },
    context,
  )
  const places = {
    tokenEndpoint,
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    ...(endSessionEndpoint === undefined ? {} : { endSessionEndpoint }),
  }
  const tokens = { ...readTokens(body, pending.scopes, context), places }
  // Who did not ask is not told; a token that comes all the same was asked for by nobody.
  if (!pending.scopes.includes('openid')) return tokens
  const idToken = text(body, 'id_token')
  if (idToken === undefined) throw malformed('it has no id_token')
  const now = surroundings.platform.now()
  return {
    ...tokens,
    idToken,
    user: readIdToken(idToken, { ...settings, nonce: pending.nonce, now }),
  }
}

/**
 * Renews a session. Scopes, resource and endpoint stay what they were.
 *
 * @throws {BrowserError} `sign_in_needed` if the grant has ended; `unreachable`, `try_later`,
 * `answer_malformed` if nobody knows.
 */
export async function refresh(
  session: Session,
  refreshToken: string,
  context: TokenContext,
): Promise<Session> {
  const body = await request(
    session.places.tokenEndpoint,
    {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      resource: context.settings.resource,
    },
    context,
  )
  const { expiresAt: _, renewAt: __, ...rest } = session
  return {
    ...rest,
    // Without a new one the old one goes on (RFC 6749 §6).
    refreshToken,
    ...readTokens(body, session.scopes, context),
    generation: session.generation + 1,
  }
}

/**
 * Gives the tokens of a session back: the refresh token, which takes the others with it, or what there is.
 *
 * @throws {BrowserError} `unreachable`, `try_later`, `refused` if they may still be good.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2.1 | RFC 7009 §2.1}
 */
export async function revoke(session: Session, context: TokenContext): Promise<void> {
  const { refreshToken, accessToken, places } = session
  if (places.revocationEndpoint === undefined) return
  const kind = refreshToken === undefined ? 'access_token' : 'refresh_token'
  const form = { token: refreshToken ?? accessToken, token_type_hint: kind }
  const answer = await send(places.revocationEndpoint, form, context)
  if (answer.status !== 200) throw failure(answer)
}

async function request(
  url: string,
  form: Form,
  context: TokenContext,
): Promise<NonNullable<Answer['body']>> {
  let answer = await send(url, form, context)
  if (answer.body?.error === 'use_dpop_nonce') answer = await send(url, form, context)
  if (answer.status !== 200) throw failure(answer)
  if (answer.body === undefined) throw malformed('it is no JSON object')
  return answer.body
}

type Form = Readonly<Record<string, string | undefined>>

async function send(url: string, form: Form, context: TokenContext): Promise<Answer> {
  const { settings, surroundings, prover } = context
  const fields = { ...form, client_id: settings.clientId }
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const proof = await prover?.prove({ method: 'POST', url })
  const answer = await exchange(
    url,
    {
      method: 'POST',
      body: new URLSearchParams(given),
      headers: proof === undefined ? {} : { dpop: proof },
    },
    surroundings,
  )
  prover?.learn(url, answer.headers)
  return answer
}

function failure({ status, body }: Answer): BrowserError {
  const serverCode = text(body, 'error')
  const detail = `${status} ${serverCode ?? ''}`
  if (serverCode === 'invalid_grant') {
    return new BrowserError('sign_in_needed', 'Sign in again.', { serverCode, detail })
  }
  const isLater = status >= 500 || status === 429
  return isLater
    ? new BrowserError('try_later', 'Try again in a moment.', { serverCode, detail })
    : new BrowserError('refused', 'Ask whoever runs it about this client.', { serverCode, detail })
}

/** Half a minute for the way and for clocks, or a quarter of a short life. */
const MARGIN_MS = 30_000

/** Headers carry tokens, so a token is visible ASCII ({@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 | RFC 6749 A.12}). */
const TOKEN = /^[\x21-\x7e]{1,65536}$/

function readTokens(
  body: NonNullable<Answer['body']>,
  asked: readonly string[],
  { settings, surroundings }: TokenContext,
): Omit<Tokens, 'places'> {
  const wanted = settings.dpop ? 'DPoP' : 'Bearer'
  // A bound token would be no use without its key; one that is not bound is worth more to a thief.
  if (text(body, 'token_type')?.toLowerCase() !== wanted.toLowerCase()) {
    throw malformed(`token_type is not ${wanted}`)
  }
  const accessToken = text(body, 'access_token')
  const refreshToken = text(body, 'refresh_token')
  if (accessToken === undefined || !TOKEN.test(accessToken)) throw malformed('no access_token')
  if (refreshToken !== undefined && !TOKEN.test(refreshToken)) throw malformed('refresh_token')
  return {
    accessToken,
    tokenType: wanted,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    scopes: text(body, 'scope')?.split(' ') ?? asked,
    ...timesOf(body.expires_in, surroundings.platform.now()),
  }
}

function timesOf(expiresIn: unknown, now: number): Pick<Session, 'expiresAt' | 'renewAt'> {
  if (typeof expiresIn !== 'number' || !(expiresIn >= 0)) return {}
  const lifeMs = expiresIn * 1000
  return { expiresAt: now + lifeMs, renewAt: now + lifeMs - Math.min(MARGIN_MS, lifeMs / 4) }
}

function text(body: Answer['body'], name: string): string | undefined {
  const value = body?.[name]
  return typeof value === 'string' ? value : undefined
}

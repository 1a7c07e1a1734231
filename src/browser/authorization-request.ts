/**
 * Sending the user to the server.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 | RFC 6749 §4.1.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} on pages as clients
 * @module
 */

import { codeChallenge } from '../protocol/pkce.ts'
import { type Prover, thumbprintOf } from './dpop.ts'
import type { ClientSettings } from './options.ts'
import { keepPending } from './pending-sign-in.ts'
import { randomText } from './random-text.ts'
import { findServer } from './server.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** What one sign-in is like. */
export interface SignInOptions {
  /** Where the user is to be afterwards: an address of this origin. Where they are now unless told. */
  readonly returnTo?: string
  /** Asked for beside those of the client. */
  readonly scopes?: readonly string[]
  /** `login` to have them sign in again, `select_account` to have them choose. */
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account'
  readonly loginHint?: string
}

/**
 * Leaves the page for the server, having remembered what the answer must be like.
 *
 * @throws {BrowserError} `metadata_refused`, `unreachable` or `try_later`; then the page stays.
 */
export async function beginSignIn(
  options: SignInOptions,
  settings: ClientSettings,
  context: { readonly surroundings: BrowserSurroundings; readonly prover: Prover | undefined },
): Promise<void> {
  const { surroundings, prover } = context
  const { platform, navigation } = surroundings
  const server = await findServer(settings, surroundings)
  const scopes = [...new Set([...settings.scopes, ...(options.scopes ?? [])])]
  const pending = {
    state: randomText(platform),
    codeVerifier: randomText(platform),
    nonce: randomText(platform),
    redirectUri: settings.redirectUri,
    ...{ server, scopes },
    startedAt: platform.now(),
    returnTo: pathWithin(options.returnTo, navigation.current()),
    silent: options.prompt === 'none',
  }
  const url = new URL(server.authorizationEndpoint)
  const { resource, clientId, redirectUri } = settings
  const parameters = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri },
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    state: pending.state,
    code_challenge: await codeChallenge(pending.codeVerifier),
    code_challenge_method: 'S256',
    nonce: scopes.includes('openid') ? pending.nonce : undefined,
    ...{ resource, prompt: options.prompt, login_hint: options.loginHint },
    // RFC 9449 §10: the code is good for this key alone.
    dpop_jkt: prover === undefined ? undefined : await thumbprintOf(await prover.key()),
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  keepPending(pending, settings, surroundings)
  navigation.leave(url.href)
}

/** Never more than a path: whoever can name where users land must not name another site. */
function pathWithin(wanted: string | undefined, current: string): string {
  const here = new URL(current)
  const url = URL.canParse(wanted ?? current, current) ? new URL(wanted ?? current, current) : here
  const { pathname, search, hash } = url.origin === here.origin ? url : here
  // A path that begins with two slashes would name a host.
  return `${pathname.replace(/^\/+/, '/')}${search}${hash}`
}

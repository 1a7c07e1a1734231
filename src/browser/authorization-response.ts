/**
 * Reading the answer that the user comes back with, and refusing it before anything leaves the page.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 | RFC 6749 §4.1.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9207#section-2.4 | RFC 9207 §2.4}
 * @module
 */

import { BrowserError } from './errors.ts'
import type { ClientSettings } from './options.ts'
import { type PendingSignIn, takePending } from './pending-sign-in.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** The parameters of an answer, each once. */
type Parameters = Readonly<Partial<Record<'code' | 'state' | 'iss' | 'error', string>>>

/** What came of a sign-in, with what it belongs to. */
export interface AuthorizationAnswer {
  readonly pending: PendingSignIn
  readonly outcome: { readonly code: string } | { readonly refusal: BrowserError }
}

const NAMES = ['code', 'state', 'iss', 'error'] as const

/** The parameters of the answer that the address holds; nothing if it holds none. */
export function answerIn(address: string, { redirectUri }: ClientSettings): Parameters | undefined {
  const url = new URL(address)
  const registered = new URL(redirectUri)
  if (url.origin !== registered.origin || url.pathname !== registered.pathname) return undefined
  const { searchParams } = url
  if (!searchParams.has('state') || !(searchParams.has('code') || searchParams.has('error'))) {
    return undefined
  }
  return Object.fromEntries(
    NAMES.map((name) => {
      const [value, another] = searchParams.getAll(name)
      // What comes twice means two things: it is as good as missing.
      return [name, another === undefined ? value : undefined]
    }),
  )
}

/**
 * Checks that an answer belongs to a sign-in that this tab has begun, at the server that it was begun at.
 *
 * @throws {BrowserError} `response_mismatch`. Nothing that the answer said is in it.
 */
export function checkAnswer(
  { code, state, iss, error }: Parameters,
  settings: ClientSettings,
  surroundings: BrowserSurroundings,
): AuthorizationAnswer {
  const pending = takePending(state, settings, surroundings)
  if (pending === undefined) throw mismatch('no sign-in of this tab has this state')
  // §2.4: compared as strings. An error is an answer like any other: nothing of it is believed before.
  const expected = pending.server.namesIssuer || iss !== undefined ? settings.issuer : undefined
  if (iss !== expected)
    throw mismatch(iss === undefined ? 'iss is missing' : 'iss is of another server')
  if (error !== undefined) return { pending, outcome: { refusal: refusalOf(error) } }
  if (code === undefined) throw mismatch('it has neither one code nor one error')
  return { pending, outcome: { code } }
}

const mismatch = (detail: string) =>
  new BrowserError('response_mismatch', 'Sign in again, from here.', { detail })

/** The codes of RFC 6749 and OpenID Connect are of lower-case words; what is not is not repeated. */
function refusalOf(error: string): BrowserError {
  const serverCode = /^[a-z_]{1,64}$/.test(error) ? error : undefined
  const isLater = error === 'temporarily_unavailable' || error === 'server_error'
  return isLater
    ? new BrowserError('try_later', 'Try again in a moment.', { serverCode })
    : new BrowserError('refused', 'Sign in again if that was not meant.', { serverCode })
}

/** What servers say to a silent request when somebody would have to be asked ({@link https://openid.net/specs/openid-connect-core-1_0.html#AuthError | OpenID Connect Core §3.1.2.6}). */
const NEEDS_SOMEBODY = [
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]

/** Whether a refusal only means that nobody could be asked. */
export const isQuiet = ({ silent }: PendingSignIn, { serverCode = '' }: BrowserError): boolean =>
  silent && NEEDS_SOMEBODY.includes(serverCode)

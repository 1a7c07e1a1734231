/**
 * A sign-in that is under way: what this tab remembers while the user is at the server.
 *
 * It is in `sessionStorage`, which other tabs and other browsers do not see: an answer that was begun
 * elsewhere finds nothing here. No token is ever in it, and it is taken out before it is used.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.7 | RFC 9700 §4.7}
 * @module
 */

import { parseJsonIfSound } from '../protocol/json.ts'
import { isObject } from '../protocol/json-object.ts'
import type { ClientSettings } from './options.ts'
import type { Server } from './server.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** What the answer is held against, and where it is redeemed. */
export interface PendingSignIn {
  readonly state: string
  readonly codeVerifier: string
  readonly nonce: string
  /** Byte for byte. */
  readonly redirectUri: string
  readonly server: Server
  readonly scopes: readonly string[]
  /** In milliseconds since the epoch. */
  readonly startedAt: number
  /** Where the user was: a path of this origin. */
  readonly returnTo: string
  /** Whether the user was not to be asked anything. */
  readonly silent: boolean
}

/** Nobody takes longer to sign in, and servers give up before. */
const LIFE_MS = 30 * 60_000

const keyOf = ({ name }: ClientSettings): string => `${name} pending`

/** Remembers a sign-in. One that was begun before in this tab is over. */
export function keepPending(
  pending: PendingSignIn,
  settings: ClientSettings,
  { storage }: BrowserSurroundings,
): void {
  storage.setItem(keyOf(settings), JSON.stringify(pending))
}

/** Takes the sign-in that a state belongs to; a second time there is none. */
export function takePending(
  state: string | undefined,
  settings: ClientSettings,
  { storage, platform }: BrowserSurroundings,
): PendingSignIn | undefined {
  const key = keyOf(settings)
  const pending = parse(storage.getItem(key))
  if (pending === undefined || pending.state !== state) return undefined
  storage.removeItem(key)
  const age = platform.now() - pending.startedAt
  const isLate = !(age >= 0 && age <= LIFE_MS)
  return isLate || pending.redirectUri !== settings.redirectUri ? undefined : pending
}

/** What scripts of this origin alone can write; of other versions of the application, perhaps. */
function parse(text: string | null): PendingSignIn | undefined {
  if (text === null) return undefined
  const value = parseJsonIfSound(text)
  return isPending(value) ? value : undefined
}

const isPending = (value: unknown): value is PendingSignIn =>
  isObject(value) &&
  [value.state, value.codeVerifier, value.nonce, value.redirectUri, value.returnTo].every(
    (member) => typeof member === 'string',
  ) &&
  typeof value.startedAt === 'number' &&
  Array.isArray(value.scopes) &&
  isObject(value.server)

const signedInKey = ({ name }: ClientSettings): string => `${name} signed-in`

/** Remembers for this tab whether somebody is signed in: that is all that a reload leaves. */
export function noteSignedIn(
  isSignedIn: boolean,
  settings: ClientSettings,
  { storage }: BrowserSurroundings,
): void {
  if (isSignedIn) storage.setItem(signedInKey(settings), 'yes')
  else storage.removeItem(signedInKey(settings))
}

/** Whether somebody was signed in when this tab was last loaded. */
export const wasSignedIn = (settings: ClientSettings, { storage }: BrowserSurroundings): boolean =>
  storage.getItem(signedInKey(settings)) !== null

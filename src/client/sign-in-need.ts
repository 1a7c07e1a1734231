/**
 * What a program is told when it takes a user.
 *
 * @module
 */

import type { BegunAuthorization, PendingAuthorization } from './flows/authorization-code.ts'
import type { DeviceSignIn, SignedIn, SignInOptions } from './sign-in.ts'

/** A user is needed: why, and how to ask them. */
export interface SignInNeed {
  readonly reason: 'sign_in_needed' | 'scope_needed'
  readonly resource: string
  readonly account: string
  /** What will be asked for; nothing if the resource and its server are to say. */
  readonly scopes: readonly string[] | undefined
  /** Which of them are new, to be shown to the user before anything is opened. */
  readonly added: readonly string[]
  /** Those that this client has registered with the server; one of them is best used again. */
  registeredRedirectUris(): Promise<readonly string[]>
  /** Begins the sign-in that is needed, with nothing to be filled in. */
  begin(options?: Pick<SignInOptions, 'redirectUri' | 'parameters'>): Promise<BegunAuthorization>
  /** The same on another machine. */
  beginDevice(): Promise<DeviceSignIn>
  /** Takes the URL that the browser came back to. */
  finish(callbackUrl: string, pending: PendingAuthorization): Promise<SignedIn>
}

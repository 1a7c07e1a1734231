/**
 * Sign-in for single-page applications: a page's own OAuth client, with tokens in memory alone.
 *
 * Where you have a server of your own, `warder/bff` keeps the tokens out of the browser altogether.
 *
 * @module
 */

export type { SignInOptions } from './authorization-request.ts'
export { type AuthState, type BrowserClient, createBrowserClient } from './client.ts'
export {
  BrowserError,
  type BrowserErrorCode,
  type BrowserErrorContext,
  browserErrors,
} from './errors.ts'
export { indexedDbKeys, type KeyRing } from './key-ring.ts'
export type { BrowserClientOptions } from './options.ts'
export type { SignedInUser } from './session.ts'
export {
  type BrowserSurroundings,
  type Channel,
  type Locks,
  type Navigation,
  pageSurroundings,
  type TabStorage,
} from './surroundings.ts'

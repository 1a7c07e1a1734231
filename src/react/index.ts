/**
 * A browser client in React: who is signed in, as state of components.
 *
 * Nothing is loaded but React itself, which the application brings along.
 *
 * @module
 */

export type { AuthState, BrowserClient, SignedInUser, SignInOptions } from '../browser/index.ts'
export { AuthProvider, type AuthProviderProps } from './auth-provider.ts'
export { RequireAuth, type RequireAuthProps } from './require-auth.ts'
export { type Auth, useAuth } from './use-auth.ts'

/**
 * Who is signed in, for a component that is drawn anew when that changes, in whatever tab.
 *
 * @module
 */

import { useContext, useMemo, useSyncExternalStore } from 'react'
import type { BrowserClient, BrowserError, SignedInUser } from '../browser/index.ts'
import { ClientContext } from './auth-provider.ts'

/** Who is signed in, and what can be done about it. */
export interface Auth extends Pick<BrowserClient, 'signIn' | 'signOut' | 'token' | 'fetch'> {
  readonly status: 'starting' | 'signed-out' | 'signed-in'
  readonly user: SignedInUser | undefined
  /** What was granted; nothing while nobody is signed in. */
  readonly scopes: readonly string[]
  /** Whether somebody was signed in until now. */
  readonly ended: boolean
  /** Why the last sign-in came to nothing. */
  readonly error: BrowserError | undefined
}

const NO_SCOPES: readonly string[] = []

/**
 * Who is signed in.
 *
 * @throws {Error} in a component that stands below no `AuthProvider`.
 */
export function useAuth(): Auth {
  const client = useContext(ClientContext)
  if (client === undefined) throw new Error('useAuth needs an <AuthProvider> above it.')
  const state = useSyncExternalStore(client.subscribe, client.state, client.state)
  return useMemo(() => {
    const { signIn, signOut, token, fetch } = client
    const isSignedIn = state.status === 'signed-in'
    return {
      ...{ signIn, signOut, token, fetch },
      status: state.status,
      user: isSignedIn ? state.user : undefined,
      scopes: isSignedIn ? state.scopes : NO_SCOPES,
      ended: state.status === 'signed-out' && state.ended,
      error: state.status === 'starting' ? undefined : state.error,
    }
  }, [client, state])
}

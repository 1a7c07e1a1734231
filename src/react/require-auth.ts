/**
 * What only somebody who is signed in is shown. It keeps nothing secret by itself: the API does that.
 *
 * @module
 */

import { type ReactNode, useEffect } from 'react'
import { type Auth, useAuth } from './use-auth.ts'

/** The properties of {@link RequireAuth}. */
export interface RequireAuthProps {
  readonly children?: ReactNode
  /**
   * Shown while nobody is signed in. As a function it can say why, and offer to sign in: nobody is sent
   * to the server by themselves who has signed out, or whose last sign-in came to nothing.
   */
  readonly fallback?: ReactNode | ((auth: Auth) => ReactNode)
}

/** Shows its children to whoever is signed in, and sends everybody else to sign in. */
export function RequireAuth({ children, fallback }: RequireAuthProps): ReactNode {
  const auth = useAuth()
  const { status, ended, error, signIn } = auth
  const isNew = status === 'signed-out' && !ended && error === undefined
  useEffect(() => {
    // Why it came to nothing is in the state by then.
    if (isNew) signIn().catch(() => {})
  }, [isNew, signIn])
  if (status === 'signed-in') return children
  return typeof fallback === 'function' ? fallback(auth) : fallback
}

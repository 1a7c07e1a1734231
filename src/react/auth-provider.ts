/**
 * Hands a client down to the components below, and starts it.
 *
 * @module
 */

import { createContext, createElement, type ReactNode, useEffect } from 'react'
import type { BrowserClient } from '../browser/index.ts'

/** What components below a provider are given. */
export const ClientContext = createContext<BrowserClient | undefined>(undefined)

/** The properties of {@link AuthProvider}. */
export interface AuthProviderProps {
  /** Made outside of components, once. */
  readonly client: BrowserClient
  readonly children?: ReactNode
}

/** Gives a client to all components below. */
export function AuthProvider({ client, children }: AuthProviderProps): ReactNode {
  useEffect(() => {
    // A second time is the same start: React tries effects twice while one develops.
    void client.start()
  }, [client])
  return createElement(ClientContext.Provider, { value: client }, children)
}

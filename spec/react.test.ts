/** The components of `warder/react`, drawn as text. What they do in a browser is in spec/e2e. */

import { createElement, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { type AuthState, type BrowserClient, BrowserError } from 'warder/browser'
import { type Auth, AuthProvider, RequireAuth, useAuth } from 'warder/react'

/** A client that stands still. */
const clientIn = (state: AuthState): BrowserClient => ({
  start: async () => state,
  state: () => state,
  subscribe: () => () => {},
  signIn: async () => {},
  signOut: async () => {},
  token: async () => 'a token',
  fetch: async () => new Response(),
  close: () => {},
})

const drawn = (state: AuthState, ...children: readonly ReactNode[]) =>
  renderToString(createElement(AuthProvider, { client: clientIn(state) }, ...children))

const user = { subject: 'alice', claims: {} }
const signedIn: AuthState = { status: 'signed-in', user, scopes: ['notes:read'] }
const error = new BrowserError('refused', 'Try again.')

describe('useAuth', () => {
  const shown = (state: AuthState) => {
    let seen: Auth | undefined
    function Component() {
      seen = useAuth()
      return null
    }
    drawn(state, createElement(Component))
    return seen
  }

  it.each<[AuthState, Partial<Auth>]>([
    [{ status: 'starting' }, { status: 'starting', user: undefined, scopes: [], ended: false }],
    [signedIn, { status: 'signed-in', user, scopes: ['notes:read'], error: undefined }],
    [
      { ...signedIn, error },
      { status: 'signed-in', user, error },
    ],
    [
      { status: 'signed-out', ended: true },
      { status: 'signed-out', ended: true, user: undefined, error: undefined },
    ],
    [
      { status: 'signed-out', ended: false, error },
      { status: 'signed-out', ended: false, error },
    ],
  ])('says who is signed in: %o', (state, expected) => {
    expect(shown(state)).toMatchObject(expected)
  })

  it('says where it must stand', () => {
    const Component = () => createElement('p', {}, useAuth().status)
    expect(() => renderToString(createElement(Component))).toThrow('<AuthProvider>')
  })
})

describe('RequireAuth', () => {
  const secret = createElement('p', {}, 'the notes')
  const fallback = ({ status, ended }: Auth) => createElement('p', {}, `${status} ${ended}`)

  it('shows its children to whoever is signed in', () => {
    const html = drawn(signedIn, createElement(RequireAuth, { fallback }, secret))
    expect(html).toBe('<p>the notes</p>')
  })

  it.each<[AuthState, string]>([
    [{ status: 'starting' }, '<p>starting false</p>'],
    [{ status: 'signed-out', ended: true }, '<p>signed-out true</p>'],
  ])('shows the fallback to everybody else: %o', (state, html) => {
    expect(drawn(state, createElement(RequireAuth, { fallback }, secret))).toBe(html)
    expect(drawn(state, createElement(RequireAuth, { fallback: 'wait' }, secret))).toBe('wait')
    expect(drawn(state, createElement(RequireAuth, {}, secret))).toBe('')
  })
})

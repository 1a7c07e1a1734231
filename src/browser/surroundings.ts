/**
 * What a client needs of the page it runs in, so that tests can be a browser themselves.
 *
 * `localStorage` is not among it on purpose: nothing here outlives the tab but a key that cannot be
 * taken out of the browser.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} on what pages may keep
 * @module
 */

import { ConfigError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'
import { indexedDbKeys, type KeyRing } from './key-ring.ts'

/** Where the page is, and how it goes elsewhere. */
export interface Navigation {
  /** The whole address. */
  current(): string
  /** Leaves the page. */
  leave(url: string): void
  /** Shows another address of the same origin, without loading anything. */
  replace(path: string): void
  /** Whether the page stands in a frame. */
  readonly framed: boolean
}

/** Texts of this tab alone, which a reload leaves: `sessionStorage`. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** A line to the other tabs of this origin. */
export interface Channel {
  post(message: unknown): void
  close(): void
}

/** Locks that all tabs of this origin share. A tab that goes away lets go of its own. */
export interface Locks {
  /** Waits until the lock is free, and holds it until `run` is over. */
  hold<T>(name: string, mode: 'exclusive' | 'shared', run: () => Promise<T>): Promise<T>
  /** The names of the locks that are held, by whatever tab. */
  held(): Promise<readonly string[]>
}

/** A page, as much of it as a client uses. */
export interface BrowserSurroundings {
  readonly platform: Platform
  readonly timers: Timers
  readonly fetch: typeof globalThis.fetch
  readonly navigation: Navigation
  readonly storage: TabStorage
  readonly locks: Locks
  channel(name: string, onMessage: (message: unknown) => void): Channel
  readonly keys: KeyRing
}

/**
 * The page that this runs in.
 *
 * @throws {ConfigError} if it is no page, or one that came without TLS.
 */
export function pageSurroundings(): BrowserSurroundings {
  if (globalThis.location === undefined || !globalThis.isSecureContext) {
    const hint = 'Serve it with https; http is for localhost only.'
    throw new ConfigError('page', 'has no Web Crypto: it is not a secure context.', hint)
  }
  const { location, history, navigator, sessionStorage } = globalThis
  return {
    platform: {
      now: () => Date.now(),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    },
    timers: {
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs)
        return () => clearTimeout(timer)
      },
    },
    // Called by its own name: browsers refuse it with another `this`.
    fetch: (...request) => fetch(...request),
    navigation: {
      current: () => location.href,
      leave: (url) => location.assign(url),
      replace(path) {
        history.replaceState(history.state, '', path)
        // Routers that have read the address before read it again.
        dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
      },
      framed: globalThis.top !== globalThis.self,
    },
    storage: sessionStorage,
    locks: {
      // The types of the platform wrap the result once too often.
      hold: async (name, mode, run) => await navigator.locks.request(name, { mode }, run),
      async held() {
        const { held = [] } = await navigator.locks.query()
        return held.flatMap(({ name }) => name ?? [])
      },
    },
    channel(name, onMessage) {
      const line = new BroadcastChannel(name)
      line.onmessage = ({ data }) => onMessage(data)
      return { post: (message) => line.postMessage(message), close: () => line.close() }
    },
    keys: indexedDbKeys(),
  }
}

/**
 * Sign-in in the person's own browser, which comes back to a port of this machine.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7.3 | RFC 8252 §7.3}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { type Platform, systemPlatform } from '../../platform.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import { checkOpenableUrl } from '../outward-url.ts'
import { startCallbackServer } from './callback-server.ts'
import type { LoopbackHost } from './listening.ts'
import { openBrowser } from './open-browser.ts'
import { MOST_WAITED_MS, type UserAgent } from './user-agent.ts'

/** What a person should be shown while a sign-in is waited for. */
export interface SignInNotice {
  /** To be opened by the person, if the browser has not. */
  readonly url: string
  /** Whether a browser was asked to open it. */
  readonly opened: boolean
}

/** How a browser comes back to this machine. */
export interface LoopbackOptions {
  /** The name of this program, on the page that ends the sign-in. */
  readonly clientName: string
  /** Tried in this order; `0` is any free one, and what is tried unless told. */
  readonly ports?: readonly number[]
  /** `127.0.0.1` unless told. Some servers accept `localhost` only. */
  readonly host?: LoopbackHost
  /** `/callback` unless told. */
  readonly path?: string
  /** Tells the person where to go; called for each sign-in. */
  readonly notify?: (notice: SignInNotice) => void
  /** Opens the browser, and tells whether it could; {@link openBrowser} unless told. */
  readonly open?: (url: string) => Promise<boolean>
  /** How long a person may take, in milliseconds; ten minutes unless told. */
  readonly timeoutMs?: number
  readonly platform?: Platform
  readonly timers?: Timers
}

/**
 * Signs people in with their own browser.
 *
 * @throws {ConfigError} if the path or a port cannot be one.
 */
export function loopback(options: LoopbackOptions): UserAgent {
  const { clientName, ports = [0], host = '127.0.0.1', path = '/callback' } = options
  const { open = openBrowser, notify, timeoutMs = MOST_WAITED_MS } = options
  const { platform = systemPlatform, timers = systemTimers } = options
  checkPath(path)
  ports.forEach(checkPort)
  return {
    async visit(registered) {
      const known = registered.flatMap((uri) => portIn(uri, { host, path }))
      // A fixed port stays what it is; a free one is rather the one that the server knows.
      const wanted = ports.flatMap((port) => (port === 0 ? [...known, 0] : [port]))
      const common = { host, path, clientName, platform, timers }
      const server = await startCallbackServer({ ...common, ports: wanted })
      return {
        redirectUri: server.redirectUri,
        async send({ url, state, signal }, finish) {
          const address = checkOpenableUrl(url)
          const { host: serverHost } = new URL(address)
          const answer = server.answer({ state, serverHost, timeoutMs, signal, finish })
          // Whoever is quicker than the browser's start must not be missed, nor its failure.
          answer.catch(() => {})
          const opened = await open(address)
          notify?.({ url: address, opened })
          return answer
        },
        close: server.close,
      }
    },
  }
}

/** The port of a redirect URI that differs from ours in nothing else. */
function portIn(uri: string, { host, path }: { host: string; path: string }): readonly number[] {
  const port = Number(/^http:\/\/[^/?#]+:(\d{1,5})\//.exec(uri)?.[1] ?? 0)
  return port > 0 && uri === `http://${host}:${port}${path}` ? [port] : []
}

function checkPath(path: string): void {
  if (/^\/[\w./-]*$/.test(path) && new URL(path, 'http://h').pathname === path) return
  throw new ConfigError('path', 'must be a path of letters, digits, dots and slashes.')
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new ConfigError('ports', 'has a number that is no port.')
}

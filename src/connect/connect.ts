/**
 * Connecting a local client to a server that is somewhere else, and may want to know who is there.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { cookieJar } from './cookies.ts'
import type { Http } from './http.ts'
import { Relay } from './relay.ts'
import type { RelayLimits } from './remote.ts'
import { signedIn, type TokenSource } from './signed-in.ts'
import { toolFilter } from './tool-filter.ts'
import { createRemote, type TransportStrategy } from './transport-choice.ts'

/** Which server, who is there, and where its messages go. */
export interface ConnectOptions {
  /** The address of the server: https, or http on this machine. */
  readonly url: string
  readonly http: Http
  /** Writes a line for the client; resolves when more can be written. */
  readonly write: (line: string) => Promise<void> | void
  /** For people, where logs go. */
  readonly tell: (text: string) => void
  /** Where tokens come from. Without, nobody is signed in. */
  readonly tokens?: TokenSource | undefined
  /** Sent with every request to the server, and nowhere else. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether cookies of the server are sent back to it, as balancers need; yes unless told. */
  readonly cookies?: boolean
  /** `http-first` unless told. */
  readonly strategy?: TransportStrategy
  /** Names of tools that the client is not to see, in which `*` stands for anything. */
  readonly ignoredTools?: readonly string[]
  /** Takes plain http to other machines, where whoever is between reads and changes everything. */
  readonly allowHttp?: boolean
  readonly limits?: Partial<RelayLimits>
  readonly platform?: Platform
  readonly timers?: Timers
}

const defaultLimits: RelayLimits = { messageBytes: 32 * 1024 * 1024, requests: 1_000 }

/**
 * Connects to a server; nothing is sent before the client says something.
 *
 * @throws {ConfigError} for an address that must not be used.
 */
export function connect(options: ConnectOptions): Relay {
  const { url, http, tokens, headers = {}, strategy = 'http-first' } = options
  const { platform = systemPlatform, timers = systemTimers, tell, write } = options
  const { host } = checkServerUrl(url, options.allowHttp === true)
  const limits = { ...defaultLimits, ...options.limits }
  const jar = options.cookies === false ? (way: Http) => way : cookieJar(url)
  const dressed = (way: Http) => withHeaders(jar(way), headers)
  const context = {
    ...{ url, limits, platform, timers, tell },
    http: tokens === undefined ? dressed(http) : signedIn(http, tokens, { dressed, platform }),
  }
  return new Relay({
    ...{ limits, host, tell, write },
    tools: toolFilter(options.ignoredTools ?? []),
    remote: (deliver) => createRemote({ ...context, deliver }, strategy),
  })
}

/** What is said of a message goes before what a user adds to all. */
const withHeaders = (http: Http, headers: Readonly<Record<string, string>>): Http => ({
  ...http,
  send: (request) => http.send({ ...request, headers: { ...headers, ...request.headers } }),
})

/** @throws {ConfigError} */
function checkServerUrl(value: string, allowHttp: boolean): URL {
  const url = unambiguousUrl(value)
  if (url?.protocol === 'https:') return url
  if (url?.protocol === 'http:' && (allowHttp || isLoopbackHost(url.hostname))) return url
  const hint =
    url?.protocol === 'http:' ? 'Use --allow-http in a network that you trust.' : undefined
  throw new ConfigError('URL', 'must be an https URL; http on this machine only.', hint)
}

/**
 * Serving a fetch handler with `node:http`, and guarding a handler of its own.
 *
 * @module
 */

import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
} from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { holdToLength } from '../protocol/request-body.ts'
import { isHost } from './guarding/visit.ts'

export type { Guarded } from './guarding/gate.ts'
export type { NodeResponse } from './guarding/node-gate.ts'
export { nodeGuard, nodeMetadata } from './guarding/node-guard.ts'
export type { NodeRequest, NodeSocket } from './guarding/node-visit.ts'
export { principalOf } from './guarding/pass.ts'
export type { GuardedService, Guarding } from './guarding/service.ts'

/** What the socket says of the peer. */
export interface Peer {
  readonly remoteAddress?: string
}

/** Anything that answers requests. */
export type Handler = (request: Request, peer: Peer) => Promise<Response>

/** Where to listen. */
export interface ListenOptions {
  readonly port: number
  /** One address, or both loopback addresses when absent. */
  readonly host?: string
  /**
   * Replaces the global `Request` and `Response` by ones that behave the same and are made in a tenth
   * of the time. For a process that does nothing but serve.
   */
  readonly ownsProcess?: boolean
  /** Connections at most; the next are closed at once. 10,000 unless told. */
  readonly maxConnections?: number
}

/** A listening server. */
export interface Listening {
  /** The addresses that are bound, as `host:port`. */
  readonly addresses: readonly string[]
  /**
   * Stops accepting, tells those who are connected to connect elsewhere, lets requests finish for
   * `graceMs` (15 seconds unless told), then cuts the rest.
   */
  close(graceMs?: number): Promise<void>
}

/** Slow headers and bodies are cut, so that idle peers cannot hold the server; streams of ours are not. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 }

/**
 * Whether a request names several hosts, of which `node:http` would quietly take the first, or one that
 * is none, of which no address can be made.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2 | RFC 9112 §3.2}
 */
function isWithoutHost({ rawHeaders, headers: { host } }: IncomingMessage): boolean {
  const named = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  return named.length > 1 || (host !== undefined && !isHost(host))
}

/** Beyond this a process has too many files open to be of use to anybody. */
const MAX_CONNECTIONS = 10_000

type Fields = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** Answers that end their connection, once `isStopping` says so. */
const partingAnswers = (isStopping: () => boolean) =>
  class<R extends IncomingMessage> extends ServerResponse<R> {
    override writeHead(status: number, reason?: string | Fields, fields?: Fields): this {
      if (isStopping()) this.shouldKeepAlive = false
      if (typeof reason === 'string') return super.writeHead(status, reason, fields)
      return super.writeHead(status, reason)
    }
  }

/** A `node:http` server around a handler. */
export function createNodeServer(
  handler: Handler,
  { ownsProcess = false, maxConnections = MAX_CONNECTIONS }: Omit<ListenOptions, 'port'> = {},
): Server {
  const listener = getRequestListener(
    (request, { incoming }) => {
      const received = incoming as IncomingMessage
      if (isWithoutHost(received)) return new Response(null, { status: 400 })
      holdToLength(request)
      const { remoteAddress } = received.socket
      return handler(request, remoteAddress === undefined ? {} : { remoteAddress })
    },
    { overrideGlobalObjects: ownsProcess },
  )
  const answers = partingAnswers(() => !server.listening)
  const options = { ...timeouts, maxHeaderSize: 16_384, ServerResponse: answers }
  const server = createServer(options, listener)
  server.maxRequestsPerSocket = 0
  server.maxConnections = maxConnections
  return server
}

/**
 * Serves a handler.
 *
 * `localhost` means two addresses; both are bound, because clients try either.
 *
 * @throws if the address is taken or not this machine's.
 */
export async function listen(handler: Handler, options: ListenOptions): Promise<Listening> {
  const bound = await bindAll(handler, options)
  return {
    addresses: bound.map(addressOf),
    close: async (graceMs = 15_000) => {
      await Promise.all(bound.map((server) => close(server, graceMs)))
    },
  }
}

/** All of the addresses, or none. */
async function bindAll(
  handler: Handler,
  { host: only, port, ...options }: ListenOptions,
): Promise<Server[]> {
  const hosts = only === undefined ? ['127.0.0.1', '::1'] : [only]
  const bound: Server[] = []
  try {
    for (const host of hosts) {
      const server = await bind(createNodeServer(handler, options), port, host)
      if (server !== undefined) bound.push(server)
    }
    return bound
  } catch (error) {
    await Promise.all(bound.map((server) => close(server, 0)))
    throw error
  }
}

/** A machine without IPv6 has only the one loopback address. */
const isMissing = (host: string, { code }: NodeJS.ErrnoException) =>
  host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')

function bind(server: Server, port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (isMissing(host, error) ? resolve(undefined) : reject(error)))
    server.listen({ port, host }, () => resolve(server))
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${host}:${address.port}`
}

/** How often connections that have become idle are closed, in milliseconds. */
const TIDY = 50

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    let tidying: NodeJS.Timeout
    // The server closes what is idle once; a stream that ends later would stay until its timeout.
    const tidy = () => {
      server.closeIdleConnections()
      tidying = setTimeout(tidy, TIDY)
    }
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      clearTimeout(tidying)
      resolve()
    })
    tidy()
  })
}

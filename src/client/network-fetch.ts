/**
 * A `fetch` that says more about the way than the platform's: which keys a server may have, who we are
 * to it, which proxy to go by, and that a stranger's word leads to the public internet only.
 *
 * TLS 1.2 or newer, always; nothing switches verification off, not even the environment.
 *
 * This file needs sockets and certificates, which no web API offers, so it imports `node:`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9325#section-3.1.1 | RFC 9325 §3.1.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7469#section-2.4 | RFC 7469 §2.4} for the form of pins
 * @module
 */

import { createHash, X509Certificate } from 'node:crypto'
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls'
import type { Dispatcher } from 'undici'
import { ConfigError } from '../errors.ts'
import { isPublicAddress } from '../protocol/address.ts'
import type { Secret } from '../vault/secret.ts'
import type { Fetch } from './transport.ts'

/** What the way must be like. */
export interface NetworkOptions {
  /**
   * Connects to addresses of the public internet only: for servers that ask others on the word of
   * strangers, so that nobody reaches through them what only they can reach.
   */
  readonly publicOnly?: boolean
  /** By host, base64 of the SHA-256 of the public keys (SPKI) of which its chain must have one. */
  readonly pins?: Readonly<Record<string, readonly string[]>>
  /** Who we are, for servers that ask for a certificate (mutual TLS). In PEM. */
  readonly certificate?: { readonly cert: string; readonly key: Secret<string> }
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string
  /** An HTTP proxy. It sees hosts, and never what is sent to them. */
  readonly proxy?: string
}

const isHostName = (host: string): boolean =>
  isIP(host) !== 0 ||
  (URL.canParse(`https://${host}/`) && new URL(`https://${host}/`).hostname === host)

const PIN = /^[A-Za-z0-9+/]{43}=$/

/**
 * Makes such a `fetch`. Connections are kept for the next request.
 *
 * @throws {ConfigError} if an option is wrong.
 */
export function networkFetch(options: NetworkOptions = {}): Fetch {
  const { pins = {}, publicOnly = false, proxy } = options
  for (const [host, keys] of Object.entries(pins)) {
    // A host that is written otherwise than connections name it would not be held to anything.
    if (!isHostName(host))
      throw new ConfigError(`pins.${host}`, 'must be a host in lower case, without a port.')
    if (keys.length > 0 && keys.every((key) => PIN.test(key))) continue
    throw new ConfigError(`pins.${host}`, 'must name SHA-256 hashes of public keys in base64.')
  }
  if (publicOnly && proxy !== undefined) {
    throw new ConfigError('publicOnly', 'cannot be held by what a proxy connects to.')
  }
  let loading: ReturnType<typeof load> | undefined
  return async (input, init) => {
    loading ??= load(options)
    const { undici, dispatcher } = await loading
    const request = new Request(input, init)
    const { method, redirect, signal } = request
    const response = await undici.fetch(request.url, {
      ...{ method, redirect, signal, dispatcher },
      headers: [...request.headers],
      body: request.body === null ? null : new Uint8Array(await request.arrayBuffer()),
    })
    const { status, statusText } = response
    const isEmpty = [101, 204, 205, 304].includes(status)
    const headers = new Headers([...response.headers])
    return new Response(isEmpty ? null : bodyOf(response), { status, statusText, headers })
  }
}

/** The stream of one implementation of `fetch` as that of the other. */
function bodyOf({ body }: { readonly body: unknown }): ReadableStream | null {
  return body instanceof ReadableStream ? body : null
}

/** Loaded when it is needed: it takes 20 MB, and most clients have no such wishes. */
async function load({ pins = {}, publicOnly, certificate, ca, proxy }: NetworkOptions) {
  const undici = await import('undici')
  const tls = {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    checkServerIdentity: (host: string, peer: PeerCertificate) =>
      checkServerIdentity(host, peer) ?? checkPins(host, peer, pins[host]),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined
      ? {}
      : { cert: certificate.cert, key: certificate.key.reveal('mutual TLS') }),
  } as const
  const connect = { ...tls, ...(publicOnly === true ? { lookup: publicLookup } : {}) }
  if (proxy !== undefined) {
    const proxyTls = { minVersion: 'TLSv1.2' } as const
    return { undici, dispatcher: new undici.ProxyAgent({ uri: proxy, requestTls: tls, proxyTls }) }
  }
  const agent = new undici.Agent({ connect })
  return { undici, dispatcher: publicOnly === true ? agent.compose(withoutLiterals) : agent }
}

/** Whether a chain has one of the keys; every certificate of it counts, so that leaves can be renewed. */
function checkPins(
  host: string,
  peer: PeerCertificate,
  pins: readonly string[] | undefined,
): Error | undefined {
  if (pins === undefined) return undefined
  const seen = new Set<string>()
  let at: PeerCertificate | DetailedPeerCertificate | undefined = peer
  while (at?.raw !== undefined) {
    const key = new X509Certificate(at.raw).publicKey.export({ type: 'spki', format: 'der' })
    const hash = createHash('sha256').update(key).digest('base64')
    if (pins.includes(hash)) return undefined
    // A self-signed certificate is its own issuer.
    if (seen.has(hash)) break
    seen.add(hash)
    at = 'issuerCertificate' in at ? at.issuerCertificate : undefined
  }
  return new Error(`No key of ${host} is one of those it is pinned to.`)
}

/** Names are looked up by the connection itself, so that no second answer can move it. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = addresses?.find(({ address }) => !isPublicAddress(address))
    const [first] = addresses ?? []
    // One private address condemns the whole answer: the mixture is itself the attack.
    const failure =
      error ?? (refused === undefined && first !== undefined ? null : notPublic(hostname))
    if (failure !== null) callback(failure, [])
    else if (options.all === true) callback(null, addresses)
    else callback(null, first?.address ?? '', first?.family)
  })
}

/** What is no name is not looked up, so it is checked before each request, the redirected ones as well. */
const withoutLiterals: Dispatcher.DispatcherComposeInterceptor =
  (dispatch) => (options, handler) => {
    checkLiteral(String(options.origin))
    return dispatch(options, handler)
  }

function checkLiteral(url: string): void {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host)
}

const notPublic = (host: string) => new Error(`${host} is not on the public internet.`)

/**
 * Fetching a document from an address that a stranger named.
 *
 * The name is resolved once, every address of the answer is checked, and the connection goes to
 * one of exactly those addresses, so a second answer of the DNS cannot move it. Redirects are not
 * followed, proxies of the environment are not used, time and size are bounded.
 *
 * This file needs the DNS and sockets, which no web API offers, so it imports `node:`.
 *
 * Left out on purpose: caching and retries, which belong to the caller, and requests with a body.
 *
 * @see {@link https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-6 | Client ID Metadata Document §6}
 * @see {@link https://owasp.org/www-community/attacks/Server_Side_Request_Forgery | OWASP SSRF}
 * @module
 */

import { lookup as lookupAddresses } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import type { buildConnector, Response } from 'undici'
import { isPublicAddress } from './address.ts'
import { readBounded } from './bounded-body.ts'
import { OutwardFetchError } from './outward-fetch-error.ts'

/** How an outward fetch is bounded, and what tests put in place of the network. */
export interface OutwardFetchOptions {
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
  /** Makes the connector that opens sockets to what `lookup` answers. */
  readonly connector?: (lookup: LookupFunction) => buildConnector.connector
  /** For development: allows private addresses, any port, and `http:` to this machine. */
  readonly allowPrivate?: boolean
  /** Ports that may be contacted. */
  readonly ports?: readonly number[]
  /** For the whole operation, from the DNS to the last byte. */
  readonly timeoutMs?: number
  /** Of the body, after decompression. */
  readonly maxBytes?: number
}

/** What one outward fetch may differ in. */
export interface OutwardRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

/** The answer as it came; a redirect is an answer like any other. */
export interface OutwardResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/**
 * Fetches a URL that is not trusted.
 *
 * @throws {OutwardFetchError} if the URL or an address is refused, or no whole answer came.
 */
export type OutwardFetch = (url: string, request?: OutwardRequest) => Promise<OutwardResponse>

/** What a fetch obeys, with the defaults filled in. */
type Policy = Required<Omit<OutwardFetchOptions, 'ports' | 'connector'>> &
  Pick<OutwardFetchOptions, 'connector'> & { ports: readonly number[] | undefined }

/** Makes a fetch that refuses what a stranger must not be able to reach through this machine. */
export function createOutwardFetch(options: OutwardFetchOptions = {}): OutwardFetch {
  const { allowPrivate = false } = options
  const policy: Policy = {
    resolve: systemResolve,
    timeoutMs: 2500,
    maxBytes: 5120,
    ...options,
    allowPrivate,
    ports: options.ports ?? (allowPrivate ? undefined : [443]),
  }
  return async (text, request = {}) => {
    const url = parseUrl(text, policy)
    const deadline = AbortSignal.timeout(request.timeoutMs ?? policy.timeoutMs)
    const signal =
      request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal])
    try {
      const addresses = await resolveChecked(url, policy, signal)
      return await get(url, addresses, policy, { ...request, signal })
    } catch (cause) {
      if (cause instanceof OutwardFetchError) throw cause
      // A refusal inside the connector comes back wrapped in the client's own error.
      if (cause instanceof Error && cause.cause instanceof OutwardFetchError) throw cause.cause
      const code = deadline.aborted ? 'timeout' : 'unreachable'
      throw new OutwardFetchError(code, { detail: `${url.href}: ${reason(cause)}`, cause })
    }
  }
}

/** Names of this machine, for which development may use `http:`. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

function parseUrl(text: string, { allowPrivate, ports }: Policy): URL {
  const refuse = (detail: string): never => {
    throw new OutwardFetchError('url_refused', { detail })
  }
  // The URL parser drops or rewrites these without a word, so two readers could differ.
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return refuse('not a plain absolute URL')
  const url = new URL(text)
  const plain = url.protocol === 'http:' && allowPrivate && LOOPBACK.has(url.hostname)
  if (url.protocol !== 'https:' && !plain) return refuse(`scheme ${url.protocol}`)
  if (url.username !== '' || url.password !== '') return refuse('user information in the URL')
  const port = url.port === '' ? (plain ? 80 : 443) : Number(url.port)
  if (ports !== undefined && !ports.includes(port)) return refuse(`port ${port}`)
  return url
}

async function systemResolve(hostname: string): Promise<readonly string[]> {
  const answers = await lookupAddresses(hostname, { all: true })
  return answers.map(({ address }) => address)
}

/** The addresses of a URL's host, all of them checked. */
async function resolveChecked(
  url: URL,
  { resolve, allowPrivate }: Policy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(hostname) ? [hostname] : await unlessAborted(resolve(hostname), signal)
  if (addresses.length === 0) throw new Error('the name has no address')
  // One private address condemns the whole answer: the mixture is itself the attack.
  const bad = allowPrivate ? undefined : addresses.find((address) => !isPublicAddress(address))
  if (bad !== undefined) throw refusedAddress(url, bad)
  return addresses
}

const refusedAddress = (url: URL, address: string | undefined) =>
  new OutwardFetchError('address_refused', { detail: `${url.host} is at ${address}` })

/** A name lookup cannot be cancelled, but it need not be waited for. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
    work.then(resolve, reject)
  })
}

async function get(
  url: URL,
  addresses: readonly string[],
  policy: Policy,
  { headers, maxBytes = policy.maxBytes, signal }: OutwardRequest & { signal: AbortSignal },
): Promise<OutwardResponse> {
  // Loaded when it is needed: it takes 20 MB, and many servers meet no stranger.
  const { Agent, buildConnector, fetch } = await import('undici')
  const system = (lookup: LookupFunction) => buildConnector({ lookup, autoSelectFamily: true })
  const { connector = system, allowPrivate } = policy
  // One agent a fetch: a pooled connection would outlive the check of its address.
  const agent = new Agent({ connect: pinned(url, addresses, { connector, allowPrivate }) })
  try {
    const response = await fetch(url, {
      headers: { 'user-agent': 'warder', ...headers },
      redirect: 'manual',
      dispatcher: agent,
      signal,
    })
    const body = await readText(response, maxBytes)
    return { status: response.status, headers: new Headers([...response.headers]), body }
  } finally {
    await agent.destroy()
  }
}

/** Opens sockets to the checked addresses only, and looks again at where each one ended up. */
function pinned(
  url: URL,
  addresses: readonly string[],
  { connector, allowPrivate }: Required<Pick<OutwardFetchOptions, 'connector' | 'allowPrivate'>>,
): buildConnector.connector {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }))
  const connect = connector((_hostname, { all }, callback) => {
    const [first] = answers
    if (all === true) callback(null, answers)
    else callback(null, first?.address ?? '', first?.family)
  })
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if (allowPrivate || isPublicAddress(socket.remoteAddress ?? '')) return callback(null, socket)
      socket.destroy()
      callback(refusedAddress(url, socket.remoteAddress), null)
    })
}

/** Documents are texts; one that is not UTF-8 is read differently by different readers. */
async function readText({ body }: Response, maxBytes: number): Promise<string> {
  const bytes = await readBounded(body, maxBytes)
  if (bytes === undefined) {
    throw new OutwardFetchError('too_large', { detail: `more than ${maxBytes} bytes` })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new OutwardFetchError('malformed', { detail: 'the body is not UTF-8', cause })
  }
}

/** The innermost cause, where clients of the network hide the reason. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reason(error.cause)
}

/**
 * Elicitation in URL mode: a server behind the gateway asks a user to open an address.
 *
 * Such an address may be an attack on whoever opens it, and a capability of whoever it was made for.
 * So only what a browser may safely be sent to is let through, and the client gets a link in its
 * place that opens it for the user who asked, and for nobody else. What carries an address counts
 * as URL mode whatever it says of itself. Form mode passes as it is.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#safe-url-handling | Safe URL handling}
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation | MCP elicitation 2025-11-25}
 * @module
 */

import {
  folded,
  isObject,
  type JsonObject,
  type JsonRpcFailure,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
} from '../protocol/json-rpc.ts'
import { isLoopbackHost } from '../protocol/uri.ts'
import { refusal } from './refusal.ts'

/** For whom an address was made. */
export interface Opener {
  /** The user (`sub`) whose request it was. */
  readonly subject: string
  /** Ties what becomes of it to their authorization. */
  readonly correlationId: string
}

/** What a server asks a user to open. */
export interface UrlElicitation extends Opener {
  /** The resource identifier of the mount whose server asks. */
  readonly resource: string
  readonly url: string
  /** Why, in the server's words. */
  readonly message: string
}

/** Makes the address that a client gets in the place of the server's own. */
export type ElicitationLink = (elicitation: UrlElicitation) => string

/** Longer addresses do not survive their way to every browser. */
const MAX_CHARS = 2_048

/** Scheme and host as they should be written: a browser reads much more as the same. */
const WEB_ADDRESS = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i

/** Browsers drop some of these, see a slash in another, and show none of the rest. */
const UNCLEAR = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\\]/u

/** What opens a params object of an elicitation. */
type Open = (params: JsonObject) => JsonObject

/** The elicitations of one mount. */
export class Elicitations {
  readonly #resource: string
  readonly #isLocal: boolean
  readonly #link: ElicitationLink | undefined

  constructor(resource: string, link: ElicitationLink | undefined) {
    const { protocol, hostname } = new URL(resource)
    this.#resource = resource
    this.#isLocal = protocol === 'http:' && isLoopbackHost(hostname)
    this.#link = link
  }

  /**
   * A request or notification of the server with links for addresses.
   *
   * @throws {RpcError} 502 if one of them must not be opened.
   */
  call<C extends JsonRpcRequest | JsonRpcNotification>(call: C, opener: Opener): C {
    const { method, params } = call
    if (params === undefined) return call
    const open = this.#opens(opener)
    const asked = method === ELICIT ? open(params) : params
    return { ...call, params: withInputRequests(asked, open) }
  }

  /**
   * An answer of the server with links for addresses.
   *
   * @throws {RpcError} 502 if one of them must not be opened.
   */
  answer(answer: JsonRpcResponse, opener: Opener): JsonRpcResponse {
    const open = this.#opens(opener)
    return 'result' in answer
      ? { ...answer, result: withInputRequests(answer.result, open) }
      : { ...answer, error: withRequired(answer.error, open) }
  }

  #opens({ subject, correlationId }: Opener): Open {
    return (params) => {
      const address = memberOf(params, 'url')
      if (address === undefined && params.mode !== 'url') return params
      const message = typeof params.message === 'string' ? params.message : ''
      const url = this.#parse(address)
      const asked = { resource: this.#resource, subject, url, message, correlationId }
      return { ...params, url: this.#link?.(asked) ?? url }
    }
  }

  /** The address as browsers write it, so that all read the same in it. */
  #parse(address: unknown): string {
    if (typeof address !== 'string') throw refused('is missing.')
    if (address.length > MAX_CHARS) throw refused(TOO_LONG)
    if (UNCLEAR.test(address)) throw refused('has control characters, spaces or backslashes.')
    if (!WEB_ADDRESS.test(address) || !URL.canParse(address)) {
      throw refused('is no absolute https URL without user name.')
    }
    const { protocol, hostname, href } = new URL(address)
    if (href.length > MAX_CHARS) throw refused(TOO_LONG)
    if (protocol === 'https:' || (this.#isLocal && isLoopbackHost(hostname))) return href
    throw refused('is not https.')
  }
}

const ELICIT = 'elicitation/create'

const TOO_LONG = `has more than ${MAX_CHARS} characters.`

const refused = (problem: string) =>
  refusal(502, 'The server behind the gateway wants an address opened that must not be opened.', {
    detail: `The url of an elicitation ${problem}`,
  })

/**
 * A member; refused if there is another that a lax client could take for it.
 *
 * @throws {RpcError} 502
 */
function memberOf(object: JsonObject, name: string): unknown {
  const like = folded(name)
  if (Object.keys(object).some((other) => other !== name && folded(other) === like)) {
    throw refused(`could be read where a member only resembles ${name}.`)
  }
  return object[name]
}

/** `inputRequests` of a result, or of a task ({@link https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr | MRTR}). */
function withInputRequests(holder: JsonObject, open: Open): JsonObject {
  const requests = memberOf(holder, 'inputRequests')
  if (!isObject(requests)) return holder
  const opened = Object.entries(requests).map(([key, request]) => {
    if (!isObject(request) || memberOf(request, 'method') !== ELICIT) return [key, request]
    const params = memberOf(request, 'params')
    return [key, isObject(params) ? { ...request, params: open(params) } : request]
  })
  return { ...holder, inputRequests: Object.fromEntries(opened) }
}

/** What has to be opened before a request can be granted: error -32042, which no other should look like. */
function withRequired(error: JsonRpcFailure, open: Open): JsonRpcFailure {
  const { data } = error
  if (!isObject(data)) return error
  const required = memberOf(data, 'elicitations')
  if (!Array.isArray(required)) return error
  const elicitations = required.map((params: unknown) => (isObject(params) ? open(params) : params))
  return { ...error, data: { ...data, elicitations } }
}

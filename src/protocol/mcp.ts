/**
 * What the Model Context Protocol puts on the HTTP wire, in both of its eras.
 *
 * |                        | legacy: 2025-03-26 to 2025-11-25            | modern: 2026-07-28                             |
 * | ---------------------- | ------------------------------------------- | ---------------------------------------------- |
 * | opening                | `initialize`, `notifications/initialized`   | none; `server/discover` may be asked           |
 * | revision               | header after the handshake; absent means    | header and `_meta` of every request, equal     |
 * |                        | 2025-03-26                                  | or 400 with -32020                             |
 * | session                | `Mcp-Session-Id` given with the answer to   | none; the header is ignored, never minted      |
 * |                        | `initialize`; absent 400, unknown 404       |                                                |
 * | `Mcp-Method`, `-Name`  | not defined, ignored                        | required, equal to the body or 400 with -32020 |
 * | `Mcp-Param-*`          | not defined, not forwarded                  | equal to the annotated argument                |
 * | POST of a request      | JSON, or SSE with related messages first    | the same; no server requests on the stream     |
 * | POST of the rest       | notification or response: 202               | notification: 202; responses do not exist      |
 * | GET                    | SSE stream of the session, or 405           | 405                                            |
 * | DELETE                 | ends the session, or 405                    | 405                                            |
 * | server asks client     | requests on a stream, answered by POST      | `input_required` results (MRTR)                |
 * | cancelling             | `notifications/cancelled`                   | closing the response stream                    |
 * | revision not spoken    | 400                                         | 400 with -32022 and `data.supported`           |
 * | method not known       | 200 with -32601                             | 404 with -32601                                |
 * | falling back           | –                                           | a client in `auto` mode asks `server/discover` |
 * |                        |                                             | and takes a 4xx that is no modern error, or a  |
 * |                        |                                             | -32022 that lists legacy revisions only, for   |
 * |                        |                                             | a legacy server; 401, 403 and 5xx end it       |
 *
 * The official clients open in the legacy era unless told otherwise. Batches (2025-03-26 only), the
 * HTTP+SSE transport of 2024-11-05 and WebSockets are left out on purpose.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http | Streamable HTTP 2026-07-28}
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports | Transports 2025-11-25}
 * @module
 */

import { isObject, type JsonObject, type JsonRpcRequest, RpcError, rpcCodes } from './json-rpc.ts'

/** Revisions with a handshake and sessions, oldest first. */
export const legacyRevisions = ['2025-03-26', '2025-06-18', '2025-11-25'] as const

/** Revisions in which every request stands alone. */
export const modernRevisions = ['2026-07-28'] as const

/** A revision that the gateway carries. */
export type Revision = (typeof legacyRevisions)[number] | (typeof modernRevisions)[number]

/** All revisions, oldest first. */
export const revisions: readonly Revision[] = [...legacyRevisions, ...modernRevisions]

export const findRevision = (name: unknown): Revision | undefined =>
  revisions.find((known) => known === name)

export const isModern = (revision: Revision): boolean =>
  modernRevisions.some((modern) => modern === revision)

/** The revision meant by a legacy request that names none. */
export const assumedRevision: Revision = '2025-03-26'

/** Codes that MCP defines ({@link https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes | error codes}). */
const mcpCodes = {
  headerMismatch: -32020,
  unsupportedProtocolVersion: -32022,
} as const

/** The `_meta` keys that every modern request carries about itself. */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** Where the `Mcp-Name` header's value stands in the body. Tasks: SEP-2663. */
const nameSources: Readonly<Record<string, 'name' | 'uri' | 'taskId'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

/** The `_meta` object of a message, empty if there is none. */
export function metaOf(params: JsonObject | undefined): JsonObject {
  const meta = params?._meta
  return isObject(meta) ? meta : {}
}

/** What the body's `Mcp-Name` must be, where the method has one. */
export function nameOf({ method, params }: Pick<JsonRpcRequest, 'method' | 'params'>) {
  const source = nameSources[method]
  const name = source === undefined ? undefined : params?.[source]
  return typeof name === 'string' ? name : undefined
}

const WRAPPER_START = '=?base64?'
const WRAPPER_END = '?='
/** Padded base64 ({@link https://www.rfc-editor.org/rfc/rfc4648#section-4 | RFC 4648 §4}). */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Visible ASCII, space and tab ({@link https://www.rfc-editor.org/rfc/rfc9110#section-5.5 | RFC 9110 §5.5}). */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/

/**
 * The text in a header value, out of its base64 wrapper if it has one; nothing if it is malformed.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding | Value encoding}
 */
export function findHeaderText(value: string): string | undefined {
  if (!FIELD_VALUE.test(value)) return undefined
  if (!value.startsWith(WRAPPER_START) || !value.endsWith(WRAPPER_END)) return value
  const encoded = value.slice(WRAPPER_START.length, -WRAPPER_END.length)
  if (encoded.length % 4 !== 0 || !BASE64.test(encoded)) return undefined
  try {
    const bytes = Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not UTF-8, or no base64 after all: either way there is no text in it.
    return undefined
  }
}

/** Writes text as a header value, wrapped where it must be. */
export function headerValue(text: string): string {
  const plain =
    text !== '' &&
    FIELD_VALUE.test(text) &&
    text === text.trim() &&
    !(text.startsWith(WRAPPER_START) && text.endsWith(WRAPPER_END))
  if (plain) return text
  const bytes = new TextEncoder().encode(text)
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return `${WRAPPER_START}${btoa(binary)}${WRAPPER_END}`
}

/** A refusal because header and body disagree, or one is missing. */
export const headerMismatch = (header: string, problem: string): RpcError =>
  new RpcError(mcpCodes.headerMismatch, `Header mismatch: ${header} ${problem}.`)

/** A refusal of a revision that is not carried here. */
export const unsupportedRevision = (
  requested: string,
  supported: readonly Revision[] = revisions,
): RpcError =>
  new RpcError(mcpCodes.unsupportedProtocolVersion, 'Unsupported protocol version', {
    data: { supported, requested },
  })

/**
 * Holds the headers of a modern request against its body. The body is what counts; a header that
 * says otherwise was meant for somebody who does not read the body.
 *
 * @throws {RpcError} -32020 on a mismatch, -32602 if `_meta` lacks what every request carries.
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation | Server validation}
 */
export function checkStandardHeaders(headers: Headers, request: JsonRpcRequest): void {
  const meta = metaOf(request.params)
  const claimed = meta[metaKeys.protocolVersion]
  const version = headers.get('mcp-protocol-version')
  if (version === null) throw headerMismatch('MCP-Protocol-Version', 'is missing')
  if (claimed === undefined || !isObject(meta[metaKeys.clientCapabilities])) {
    const missing = claimed === undefined ? metaKeys.protocolVersion : metaKeys.clientCapabilities
    throw new RpcError(rpcCodes.invalidParams, `params._meta must have ${missing}.`)
  }
  if (version !== claimed) {
    throw headerMismatch('MCP-Protocol-Version', 'differs from params._meta')
  }
  const method = headers.get('mcp-method')
  if (method === null) throw headerMismatch('Mcp-Method', 'is missing')
  if (method !== request.method) throw headerMismatch('Mcp-Method', 'differs from method')
  checkName(headers.get('mcp-name'), nameOf(request))
}

function checkName(header: string | null, name: string | undefined): void {
  // A method without a name leaves the header undefined, and nothing here acts on it.
  if (name === undefined) return
  if (header === null) throw headerMismatch('Mcp-Name', 'is missing')
  const text = findHeaderText(header)
  if (text === undefined) throw headerMismatch('Mcp-Name', 'is malformed')
  if (text !== name) throw headerMismatch('Mcp-Name', 'differs from params')
}

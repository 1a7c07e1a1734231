/**
 * JSON-RPC 2.0 as MCP uses it: one message, with named parameters and an id that is never null.
 *
 * A caller's envelope may hold the known members only. Parsers that ignore letter case would read
 * `Method` where we read `method`, so a name that merely resembles a known one is refused, both in
 * the envelope and where a policy looks inside `params`. Batches are left out on purpose: only
 * revision 2025-03-26 had them, and no client in use sends any.
 *
 * @see {@link https://www.jsonrpc.org/specification | JSON-RPC 2.0}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic#messages | MCP messages}
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'
import { isObject, type JsonObject } from './json-object.ts'

export { isObject, type JsonObject }

/** What ties an answer to its request. */
export type RequestId = string | number

/** Asks for something and awaits an answer. */
export interface JsonRpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: RequestId
  readonly method: string
  readonly params?: JsonObject
}

/** Tells something; nobody answers. */
export interface JsonRpcNotification {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: JsonObject
}

/** What went wrong, on the wire. */
export interface JsonRpcFailure {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** An answer. The id is absent only where the request could not be read. */
export type JsonRpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: JsonObject }
  | { readonly jsonrpc: '2.0'; readonly id?: RequestId; readonly error: JsonRpcFailure }

/** One message. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse

/** The codes that JSON-RPC itself defines ({@link https://www.jsonrpc.org/specification#error_object | §5.1}). */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const

/** What accompanies an {@link RpcError}. */
export interface RpcErrorContext extends ErrorContext {
  /** The HTTP status it is answered with. Default 400. */
  readonly status?: number
  /** For the program that called. */
  readonly data?: JsonObject
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal that is answered as a JSON-RPC error. `message` goes to the caller. */
export class RpcError extends WarderError {
  override readonly name = 'RpcError'
  readonly rpcCode: number
  readonly status: number
  readonly data: JsonObject | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(rpcCode: number, message: string, context: RpcErrorContext = {}) {
    super('rpc_error', message, context)
    this.rpcCode = rpcCode
    this.status = context.status ?? 400
    this.data = context.data
    this.headers = context.headers ?? {}
  }

  /** The JSON-RPC answer to the request `id`, or to one whose id could not be read. */
  toMessage(id?: RequestId): JsonRpcResponse {
    const { rpcCode: code, message, data } = this
    const error = data === undefined ? { code, message } : { code, message, data }
    return id === undefined ? { jsonrpc: '2.0', error } : { jsonrpc: '2.0', id, error }
  }
}

export const isRequest = (message: JsonRpcMessage): message is JsonRpcRequest =>
  'method' in message && 'id' in message

export const isNotification = (message: JsonRpcMessage): message is JsonRpcNotification =>
  'method' in message && !('id' in message)

export const isResponse = (message: JsonRpcMessage): message is JsonRpcResponse =>
  !('method' in message)

const envelopeMembers = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
/** What a policy or a router reads inside `params`. */
const routedMembers = ['name', 'uri', 'arguments', '_meta', 'taskId', 'requestId']

const invalid = (message: string) => new RpcError(rpcCodes.invalidRequest, message)

/** As the most tolerant parser would read a member's name: any case, and letters that fold into ASCII. */
export const folded = (name: string) => name.normalize('NFKC').toLowerCase()

/** A method that a policy looks into; a server that is lax about names must not be asked for it by another. */
const GUARDED_METHOD = 'tools/call'

/** Whether a lax server could take a method for the guarded one, though it is not. */
const isMethodLookalike = (method: string) =>
  method !== GUARDED_METHOD && folded(method).replaceAll(/[^a-z/]/g, '') === GUARDED_METHOD

/** Whether another parser could take a name for one that is routed on, though it is not. */
const isLookalike = (name: string) =>
  !routedMembers.includes(name) &&
  routedMembers.some((routed) => routed.toLowerCase() === folded(name))

/**
 * Reads what a caller sent as one message, made anew of the known members alone.
 *
 * @throws {RpcError} -32600 if it is a batch, no message, or has a member that could be mistaken.
 */
export function parseCallerMessage(value: unknown): JsonRpcMessage {
  if (Array.isArray(value)) {
    throw invalid('Batches are not supported. Send each message as a request of its own.')
  }
  if (!isObject(value)) throw invalid('The body must be one JSON-RPC message.')
  for (const name of Object.keys(value)) {
    if (!envelopeMembers.includes(name)) {
      throw invalid('The message has a member that JSON-RPC does not define.')
    }
  }
  if (isObject(value.params) && Object.keys(value.params).some(isLookalike)) {
    throw invalid('params has a member whose name differs from a defined one by case only.')
  }
  if (typeof value.method === 'string' && isMethodLookalike(value.method)) {
    throw invalid('method differs from a defined one by its spelling only.')
  }
  return parseMessage(value)
}

/**
 * Reads one message, made anew of the known members; others are left behind.
 *
 * @throws {RpcError} -32600 if it is none.
 */
export function parseMessage(value: unknown): JsonRpcMessage {
  if (!isObject(value) || value.jsonrpc !== '2.0') {
    throw invalid('The body must be one JSON-RPC 2.0 message.')
  }
  if ('method' in value) return parseCall(value)
  return parseResponse(value)
}

function parseCall(value: JsonObject): JsonRpcRequest | JsonRpcNotification {
  const { method, params } = value
  if (typeof method !== 'string' || method === '') throw invalid('method must be a string.')
  if ('result' in value || 'error' in value) {
    throw invalid('A message has either a method or a result, not both.')
  }
  if (params !== undefined && !isObject(params)) throw invalid('params must be an object.')
  const call = params === undefined ? { method } : { method, params }
  if (!('id' in value)) return { jsonrpc: '2.0', ...call }
  return { jsonrpc: '2.0', id: parseId(value.id), ...call }
}

function parseResponse(value: JsonObject): JsonRpcResponse {
  const { result, error } = value
  if (isObject(result) && error === undefined) {
    return { jsonrpc: '2.0', id: parseId(value.id), result }
  }
  if (!isObject(error) || result !== undefined) {
    throw invalid('The message is neither a request, a notification nor a response.')
  }
  const { code, message, data } = error
  if (typeof code !== 'number' || !Number.isSafeInteger(code) || typeof message !== 'string') {
    throw invalid('error must have an integer code and a message.')
  }
  const failure = data === undefined ? { code, message } : { code, message, data }
  // Older servers send null where the request could not be read.
  if (value.id === undefined || value.id === null) return { jsonrpc: '2.0', error: failure }
  return { jsonrpc: '2.0', id: parseId(value.id), error: failure }
}

function parseId(id: unknown): RequestId {
  if (typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id))) return id
  throw invalid('id must be a string or an integer.')
}

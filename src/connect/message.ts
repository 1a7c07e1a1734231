/**
 * One message on its way: what was written, and what it says.
 *
 * What is carried on is the text as it was written, so that nothing is lost that a parser here would
 * not keep, such as the digits of a large number.
 *
 * @module
 */

import { parseJson } from '../protocol/json.ts'
import {
  isObject,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
  type RequestId,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import type { Piece } from '../protocol/line-framing.ts'
import { metaKeys, metaOf } from '../protocol/mcp.ts'

/** A message, and its text. */
export interface Carried {
  readonly text: string
  readonly message: JsonRpcMessage
}

/** A request, and its text. */
export interface CarriedRequest extends Carried {
  readonly message: JsonRpcRequest
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a line of the client's.
 *
 * @returns Nothing for a blank one.
 * @throws {RpcError} -32700 or -32600 for what is no message.
 */
export function readLine(piece: Piece): Carried | undefined {
  if (piece.kind === 'too_long') {
    throw new RpcError(
      rpcCodes.parseError,
      'The message is larger than can be carried. Send less at once.',
    )
  }
  const text = decode(piece.bytes).trim()
  return text === '' ? undefined : readText(text)
}

/** @throws {RpcError} */
function readText(text: string): Carried {
  const value = parse(text)
  if (Array.isArray(value)) {
    throw new RpcError(rpcCodes.invalidRequest, 'Batches are not supported. Send single messages.')
  }
  return { text, message: parseMessage(value) }
}

/**
 * Reads what a server sent: one message, or several where the revision of 2025-03-26 has batches.
 *
 * @throws {RpcError} if it is no message.
 */
export function readServerText(text: string): readonly Carried[] {
  const value = parse(text)
  if (!Array.isArray(value)) return [{ text, message: parseMessage(value) }]
  return value.map((each) => ({ text: JSON.stringify(each), message: parseMessage(each) }))
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new RpcError(rpcCodes.parseError, `The message cannot be read. ${cause.message}`)
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new RpcError(rpcCodes.parseError, 'The message is not UTF-8.')
  }
}

/** The revision that a message of the modern era says it is of; nothing for one of the legacy era. */
export function modernRevisionOf(message: JsonRpcMessage): string | undefined {
  if (isResponse(message)) return undefined
  const revision = metaOf(message.params)[metaKeys.protocolVersion]
  return typeof revision === 'string' ? revision : undefined
}

/** Whether a message opens a session of the legacy era. */
export const isOpening = (carried: Carried): carried is CarriedRequest =>
  isRequest(carried.message) && carried.message.method === 'initialize'

/** Whether a message is the answer to a request. */
export const isAnswerTo = (message: JsonRpcMessage, id: RequestId): boolean =>
  isResponse(message) && message.id === id

/** What a request is cancelled by; nothing if the message cancels none. */
export function cancelledId(message: JsonRpcMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined
  const id = message.params?.requestId
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/** The revision that an answer to `initialize` settles on; nothing if it is a refusal. */
export function settledRevision(message: JsonRpcMessage): string | undefined {
  if (!('result' in message) || !isObject(message.result)) return undefined
  const { protocolVersion } = message.result
  return typeof protocolVersion === 'string' && /^[\w.-]{1,40}$/.test(protocolVersion)
    ? protocolVersion
    : undefined
}

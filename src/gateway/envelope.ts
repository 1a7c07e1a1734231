/**
 * Reading the message in a POST: its bytes, its JSON, its envelope, and its era.
 *
 * The body decides on everything. Headers that mirror it are held against it and then forgotten.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http | Streamable HTTP}
 * @module
 */

import { parseJson } from '../protocol/json.ts'
import {
  isRequest,
  isResponse,
  type JsonRpcMessage,
  parseCallerMessage,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import {
  assumedRevision,
  checkStandardHeaders,
  findRevision,
  headerMismatch,
  isModern,
  metaKeys,
  metaOf,
  type Revision,
  revisions,
  unsupportedRevision,
} from '../protocol/mcp.ts'
import { readWithin } from '../protocol/request-body.ts'
import { refusal } from './refusal.ts'

/** Bounds on what is read. */
export interface EnvelopeRules {
  readonly maxRequestBytes: number
  /** The oldest revision spoken here. */
  readonly minRevision: Revision
  /** What the server behind was heard to offer to modern callers. */
  readonly offered?: readonly Revision[] | undefined
}

/**
 * Refuses a body of another type. A page can send `text/plain` to anybody without being asked, but
 * not this.
 *
 * @throws {RpcError} 415.
 */
export function checkContentType(headers: Headers): void {
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() === 'application/json') return
  throw refusal(415, 'Send the message as application/json.')
}

const tooLarge = (maxBytes: number) =>
  refusal(413, `The message is larger than ${maxBytes} bytes. Send less at once.`)

/**
 * Refuses a body that says itself that it is too large. The cap holds while it is read as well.
 *
 * @throws {RpcError} 413.
 */
export function checkContentLength(headers: Headers, { maxRequestBytes }: EnvelopeRules): void {
  if (Number(headers.get('content-length') ?? 0) > maxRequestBytes) throw tooLarge(maxRequestBytes)
}

/**
 * The revision of a request that has no body: what its header names, or what is assumed.
 *
 * @throws {RpcError} 400 with -32022 if it is unknown, or older than what is spoken here.
 */
export const headerRevision = (headers: Headers, rules: EnvelopeRules): Revision =>
  spokenRevision(headers.get('mcp-protocol-version') ?? assumedRevision, rules)

/** The revisions from the oldest that is spoken on. */
export const spokenSince = (minRevision: Revision): readonly Revision[] =>
  revisions.slice(revisions.indexOf(minRevision))

function spokenRevision(name: string, { minRevision, offered }: EnvelopeRules): Revision {
  const spoken = spokenSince(minRevision)
  const revision = findRevision(name)
  if (revision !== undefined && spoken.includes(revision)) return revision
  throw unsupportedRevision(name.slice(0, 40), offered ?? spoken)
}

/**
 * Reads the message of a POST.
 *
 * @throws {RpcError} 413 if it is too large, -32700 or -32600 if it is not one message.
 */
export async function readMessage(
  request: Request,
  { maxRequestBytes }: EnvelopeRules,
): Promise<JsonRpcMessage> {
  const text = await readText(request, maxRequestBytes)
  let value: unknown
  try {
    value = parseJson(text, { exactNumbers: true })
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    // Its message quotes nothing of the body.
    const message = `The body must be one JSON value that all read alike. ${cause.message}`
    throw new RpcError(rpcCodes.parseError, message, { cause })
  }
  return parseCallerMessage(value)
}

/**
 * The revision a message is written in, after its headers were held against it.
 *
 * @throws {RpcError} -32020 if they disagree, -32022 if the revision is not spoken here.
 */
export function messageRevision(
  message: JsonRpcMessage,
  headers: Headers,
  rules: EnvelopeRules,
): Revision {
  const named = headers.get('mcp-protocol-version')
  const claimed = isResponse(message) ? undefined : metaOf(message.params)[metaKeys.protocolVersion]
  if (claimed !== undefined && claimed !== named) {
    throw headerMismatch('MCP-Protocol-Version', 'differs from params._meta')
  }
  const revision = findRevision(named ?? assumedRevision)
  if (revision !== undefined && isModern(revision)) {
    checkModern(message, headers)
    return revision
  }
  // The opening of the legacy era names its revision in the body.
  const opening =
    isRequest(message) && message.method === 'initialize'
      ? message.params?.protocolVersion
      : undefined
  if (typeof opening === 'string') return openingRevision(opening, rules)
  // The server itself tells modern callers of no revision that they would not find.
  const offered = claimed === undefined ? undefined : rules.offered
  return spokenRevision(named ?? assumedRevision, { ...rules, offered })
}

/** Revisions are dates. One that is newer than any we know is for the server to negotiate down. */
function openingRevision(name: string, { minRevision }: EnvelopeRules): Revision {
  const known = findRevision(name)
  const isTooOld = name < minRevision || isModern(minRevision)
  if (isTooOld || (known !== undefined && isModern(known))) {
    throw unsupportedRevision(name.slice(0, 40), spokenSince(minRevision))
  }
  return known ?? minRevision
}

function checkModern(message: JsonRpcMessage, headers: Headers): void {
  if (isResponse(message)) {
    throw new RpcError(rpcCodes.invalidRequest, 'This revision has no responses from clients.')
  }
  if (isRequest(message)) checkStandardHeaders(headers, message)
  const method = headers.get('mcp-method')
  if (method !== null && method !== message.method) {
    throw headerMismatch('Mcp-Method', 'differs from method')
  }
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const bytes = await readWithin(request, maxBytes)
  if (bytes === undefined) throw tooLarge(maxBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new RpcError(rpcCodes.parseError, 'The body must be UTF-8.', { cause })
  }
}

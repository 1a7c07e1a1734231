/**
 * Finding out which era a stdio server speaks, and opening it accordingly.
 *
 * A server of the modern era answers `server/discover`. Anything else, be it an error, silence or
 * its sudden end, is a server of the legacy era.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio#backward-compatibility | stdio backward compatibility}
 * @module
 */

import type { JsonObject, JsonRpcRequest, JsonRpcResponse } from '../../protocol/json-rpc.ts'
import {
  findRevision,
  isModern,
  legacyRevisions,
  metaKeys,
  modernRevisions,
} from '../../protocol/mcp.ts'
import { refusal } from '../refusal.ts'
import type { Channel } from './channel.ts'
import type { Timers } from './child/index.ts'

/** How the process was opened, and what it said of itself. */
export type Peer =
  | { readonly era: 'modern' }
  | { readonly era: 'legacy'; readonly initialized: JsonObject }

/** How long a server may think about `server/discover` before `initialize` is tried. */
const PROBE_MS = 5_000

const clientInfo = { name: 'warder', title: 'Warder gateway', version: '1' }

/** Asks as the gateway itself. */
const ask = (channel: Channel, request: Omit<JsonRpcRequest, 'jsonrpc' | 'id'>) =>
  channel.request(
    { jsonrpc: '2.0', id: request.method, ...request },
    { asker: '', signal: new AbortController().signal, onRelated: () => {} },
  )

/** Whether the process speaks the modern era; `false` also if it does not say so in time. */
export async function speaksModern(channel: Channel, timers: Timers): Promise<boolean> {
  const meta = {
    [metaKeys.protocolVersion]: modernRevisions.at(-1),
    [metaKeys.clientInfo]: clientInfo,
    [metaKeys.clientCapabilities]: {},
  }
  let callOff = () => {}
  const silence = new Promise<undefined>((resolve) => {
    callOff = timers.after(PROBE_MS, () => resolve(undefined))
  })
  const answer = ask(channel, { method: 'server/discover', params: { _meta: meta } })
  // When silence wins, nobody is left to hear how the probe ended.
  answer.catch(() => {})
  const response = await Promise.race([answer, silence]).finally(callOff)
  return response !== undefined && offersModern(response)
}

function offersModern(response: JsonRpcResponse): boolean {
  if (!('result' in response)) return false
  const { supportedVersions } = response.result
  if (!Array.isArray(supportedVersions)) return false
  return supportedVersions.some((name: unknown) => {
    const revision = findRevision(name)
    return revision !== undefined && isModern(revision)
  })
}

/**
 * Shakes hands in the legacy era, on the gateway's own behalf.
 *
 * @throws {RpcError} 502 if the process refuses.
 */
export async function initialize(channel: Channel): Promise<JsonObject> {
  const response = await ask(channel, {
    method: 'initialize',
    params: { protocolVersion: legacyRevisions.at(-1), capabilities: {}, clientInfo },
  })
  if (!('result' in response)) {
    throw refusal(502, 'The server behind the gateway refused to start.', {
      detail: `initialize: ${response.error.code}`,
    })
  }
  await channel.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return response.result
}

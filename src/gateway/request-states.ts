/**
 * `requestState`: what a server gives a caller to bring back with the rest of a request.
 *
 * The caller could bring it to another request, or another caller could. So each is sealed to who
 * got it and to what they had asked, for ten minutes. It may come twice within them: the answer to
 * the first may have been lost, and whether something happens once is for the server to say.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr | Multi round-trip requests}
 * @module
 */

import type { Platform } from '../platform.ts'
import { canonicalJson } from '../protocol/canonical-json.ts'
import {
  isRequest,
  type JsonObject,
  type JsonRpcMessage,
  type JsonRpcRequest,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import type { Vault } from '../vault/index.ts'
import type { Owner } from './session.ts'

/** How long a state can be brought back, in milliseconds. */
const LIFE = 600_000

/** Longer ones are refused before they are looked at. */
const MAX_CHARS = 262_144

/** When it ends, in milliseconds since the epoch; the MAC; the server's own state. */
const FORM = /^(\d{1,15})\.([\w-]{43})\.([\s\S]*)$/

/** Seals and opens the states of one mount. */
export class RequestStates {
  readonly #mount: string
  readonly #vault: Pick<Vault, 'hash' | 'matches'>
  readonly #platform: Pick<Platform, 'now'>

  constructor(
    mount: string,
    vault: Pick<Vault, 'hash' | 'matches'>,
    platform: Pick<Platform, 'now'>,
  ) {
    this.#mount = mount
    this.#vault = vault
    this.#platform = platform
  }

  /** A result as its caller is to have it. */
  seal(result: JsonObject, caller: Owner, asked: JsonRpcMessage | undefined): JsonObject {
    const { requestState } = result
    if (typeof requestState !== 'string' || asked === undefined || !isRequest(asked)) return result
    const end = String(this.#platform.now() + LIFE)
    const mac = this.#vault.hash(
      'request_state',
      ...this.#bound(end, requestState, { caller, asked }),
    )
    return { ...result, requestState: `${end}.${mac}.${requestState}` }
  }

  /**
   * A message as the server is to have it.
   *
   * @throws {RpcError} -32602 if it brings a state that was not given to this caller for this request,
   * or too long ago.
   */
  open<M extends JsonRpcMessage>(message: M, caller: Owner): M {
    if (!isRequest(message) || message.params?.requestState === undefined) return message
    const state = this.#find(message, caller)
    if (state !== undefined)
      return { ...message, params: { ...message.params, requestState: state } }
    throw new RpcError(
      rpcCodes.invalidParams,
      'requestState is not valid for this request any more. Send the request anew, without it.',
      { status: 400 },
    )
  }

  #find(asked: JsonRpcRequest, caller: Owner): string | undefined {
    const sealed = asked.params?.requestState
    if (typeof sealed !== 'string' || sealed.length > MAX_CHARS) return undefined
    const [, end, mac, state] = FORM.exec(sealed) ?? []
    if (end === undefined || mac === undefined || state === undefined) return undefined
    if (Number(end) <= this.#platform.now()) return undefined
    const bound = this.#bound(end, state, { caller, asked })
    return this.#vault.matches('request_state', mac, ...bound) ? state : undefined
  }

  #bound(
    end: string,
    state: string,
    { caller, asked }: { caller: Owner; asked: JsonRpcRequest },
  ): readonly string[] {
    const { name, uri, arguments: given } = asked.params ?? {}
    const { subject, clientId } = caller
    // A client may write the same arguments in another order.
    const what = canonicalJson([name ?? null, uri ?? null, given ?? null])
    return [this.#mount, subject, clientId, asked.method, what, end, state]
  }
}

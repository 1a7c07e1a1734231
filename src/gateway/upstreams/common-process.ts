/**
 * A stdio server that the gateway itself has opened, for callers without a session of their own:
 * one stateless caller of the modern era, or all callers of a server that may be shared.
 *
 * Each request stands alone here. What would change the process for others is not carried, and
 * what the process says without reference to a request reaches nobody: it cannot be known whose
 * it is. Requests of the process are refused for the same reason.
 *
 * @module
 */

import {
  isNotification,
  isRequest,
  type JsonObject,
  type JsonRpcRequest,
  type JsonRpcResponse,
  RpcError,
  rpcCodes,
} from '../../protocol/json-rpc.ts'
import {
  findRevision,
  isModern,
  legacyRevisions,
  modernRevisions,
  type Revision,
  unsupportedRevision,
} from '../../protocol/mcp.ts'
import { askedReply, asRpcError } from './asked-reply.ts'
import {
  discoverResult,
  independentCapabilities,
  isIndependent,
  legacyRequest,
  modernResponse,
} from './bridge.ts'
import { Channel, type ServerCall } from './channel.ts'
import { ChildError, type ChildExit, type SupervisedChild } from './child/index.ts'
import { initialize, type Peer, speaksModern } from './handshake.ts'
import { counter } from './pending-ids.ts'
import type { Exchange, Reply, UpstreamContext } from './upstream.ts'

/** What a supervised process is started with. */
export interface ProcessHandlers {
  onMessage(message: unknown): void | Promise<void>
  onExit(exit: ChildExit): void
  onStart(): void
}

/** What is known of the server's era, for all of its processes. */
export interface EraKnowledge {
  /** It does not survive `server/discover`, or does not know it. */
  isLegacy: boolean
}

/** What a process is for. */
export interface CommonProcessOptions {
  start(handlers: ProcessHandlers): SupervisedChild
  readonly context: Pick<UpstreamContext, 'timers' | 'limits'>
  /** Whether callers of all kinds share it. */
  readonly isShared: boolean
  readonly knowledge: EraKnowledge
}

/** The process, and the handshake with it. */
export class CommonProcess {
  readonly #options: CommonProcessOptions
  readonly #child: SupervisedChild
  readonly #channel: Channel
  #peer: Promise<Peer> | undefined
  #isOpening = false
  /** How often a process ended, so that a handshake is not taken for one with its successor. */
  #exits = 0
  /** Settles when the process that follows the last one is up. */
  #restarted: Promise<void> = Promise.resolve()
  #onStarted: () => void = () => {}

  constructor(options: CommonProcessOptions) {
    this.#options = options
    const { timers, limits } = options.context
    this.#channel = new Channel({
      send: (message) => this.#child.send(message),
      next: counter(),
      isShared: true,
      onUnaddressed: (call) => this.#refuse(call),
      timers,
      silenceMs: limits.silenceMs,
    })
    this.#child = options.start({
      onMessage: (message) => this.#channel.receive(message),
      onExit: (exit) => {
        this.#exits++
        this.#restarted = new Promise((resolve) => {
          this.#onStarted = resolve
        })
        // A handshake that is under way finds out by itself.
        if (!this.#isOpening) this.#peer = undefined
        this.#channel.fail(exit.error)
      },
      onStart: () => this.#onStarted(),
    })
  }

  async exchange(exchange: Exchange): Promise<Reply> {
    const { message, caller, session, revision, signal } = exchange
    const asker = JSON.stringify([caller.subject, caller.clientId, session])
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      this.#channel.cancel(asker, message.params?.requestId)
    }
    // The process asks nobody anything, so there is nothing else that a caller could tell it.
    if (!isRequest(message)) return { kind: 'accepted' }
    const peer = await this.#opened().catch((error: unknown) => {
      throw asRpcError(error)
    })
    const own = this.#answer(message, revision, peer)
    if (own !== undefined) {
      return {
        kind: 'message',
        status: 200,
        message: { jsonrpc: '2.0', id: message.id, result: own },
      }
    }
    const isBridged = peer.era === 'legacy' && isModern(revision)
    const request = peer.era === 'legacy' ? legacyRequest(message) : message
    return await askedReply({
      request,
      overflow: this.#options.isShared ? 'cut' : 'wait',
      run: async (onRelated): Promise<JsonRpcResponse> => {
        const response = await this.#channel.request(request, { asker, signal, onRelated })
        return isBridged ? modernResponse(message.method, response) : response
      },
    })
  }

  async close(): Promise<void> {
    await this.#child.close()
  }

  /** What the gateway answers in the server's stead; nothing if the server is to be asked. */
  #answer({ method }: JsonRpcRequest, revision: Revision, peer: Peer): JsonObject | undefined {
    const isModernCaller = isModern(revision)
    if (peer.era === 'modern') {
      if (!isModernCaller) throw unsupportedRevision(revision, modernRevisions)
      const isCarried =
        !this.#options.isShared ||
        isIndependent(method) ||
        ['server/discover', 'subscriptions/listen'].includes(method)
      if (!isCarried) throw methodNotFound(revision)
      return undefined
    }
    if (isModernCaller && method === 'server/discover') return discoverResult(peer.initialized)
    if (!isModernCaller && method === 'initialize') return initializeResult(peer.initialized)
    if (!isIndependent(method)) throw methodNotFound(revision)
    return undefined
  }

  /** Shakes hands once for each process. */
  #opened(): Promise<Peer> {
    this.#peer ??= this.#open()
    return this.#peer
  }

  async #open(): Promise<Peer> {
    this.#isOpening = true
    try {
      return await this.#shakeHands()
    } catch (error) {
      this.#peer = undefined
      throw error
    } finally {
      this.#isOpening = false
    }
  }

  async #shakeHands(): Promise<Peer> {
    const { isShared, knowledge } = this.#options
    if (!isShared) {
      if (!knowledge.isLegacy && (await this.#probe())) return { era: 'modern' }
      return { era: 'legacy', initialized: await this.#initialize() }
    }
    // Legacy callers can be served by a legacy server only, modern ones by either.
    try {
      return { era: 'legacy', initialized: await this.#initialize() }
    } catch (error) {
      if (!(error instanceof RpcError) || !(await this.#probe())) throw error
      return { era: 'modern' }
    }
  }

  async #initialize(): Promise<JsonObject> {
    const exits = this.#exits
    const initialized = await initialize(this.#channel)
    if (this.#exits !== exits) throw new ChildError('child_gone')
    return initialized
  }

  async #probe(): Promise<boolean> {
    const { knowledge, context } = this.#options
    try {
      const modern = await speaksModern(this.#channel, context.timers)
      knowledge.isLegacy = !modern
      return modern
    } catch (error) {
      // Some legacy servers end when they are asked anything before initialize.
      if (!(error instanceof ChildError) || error.code !== 'child_gone') throw error
      knowledge.isLegacy = true
      await this.#restarted
      return false
    }
  }

  #refuse(call: ServerCall): void | Promise<void> {
    if (!isRequest(call)) return
    const { id, method } = call
    const answer: JsonRpcResponse =
      method === 'ping'
        ? { jsonrpc: '2.0', id, result: {} }
        : new RpcError(rpcCodes.methodNotFound, 'There is no one client to ask.').toMessage(id)
    // If it cannot be told, it is gone, and that is reported where the process ends.
    return this.#channel.send(answer).catch(() => {})
  }
}

const methodNotFound = (revision: Revision) =>
  new RpcError(rpcCodes.methodNotFound, 'This server does not have this method.', {
    status: isModern(revision) ? 404 : 200,
  })

/** The answer to a caller's `initialize`, out of what the server said to the gateway's. */
function initializeResult(initialized: JsonObject): JsonObject {
  const { protocolVersion, capabilities, ...rest } = initialized
  return {
    ...rest,
    protocolVersion: findRevision(protocolVersion) ?? legacyRevisions.at(-1),
    capabilities: independentCapabilities(capabilities),
  }
}

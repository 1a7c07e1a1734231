/**
 * The stream on which a server says what nobody asked for. It is opened again whenever it breaks, and
 * taken up where it was left.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server | Listening for messages from the server}
 * @module
 */

import { type Cursor, isEventStream, readStream } from './event-stream.ts'
import { backOff, type Patience, pause } from './patience.ts'
import type { RemoteContext } from './remote.ts'

/** Whose stream it is, and who hears it. */
export interface Standing {
  readonly headers: Readonly<Record<string, string>>
  readonly hear: (text: string) => Promise<void>
  readonly onSessionLost: () => void
}

const NOT_FOUND = 404

/** A stream that stands until it is ended, or the server says that it has none. */
export class StandingStream {
  readonly #context: RemoteContext
  readonly #patience: Patience
  readonly #standing: Standing
  #cursor: Cursor = { id: undefined, retryMs: undefined }
  #isEnded = false
  #isRefused = false
  #current = new AbortController()

  constructor(context: RemoteContext, patience: Patience, standing: Standing) {
    this.#context = context
    this.#patience = patience
    this.#standing = standing
    void this.#stand()
  }

  /** Whether it ended because there was no way to open it, such as a token. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** Opens it anew. */
  restart(): void {
    if (this.#isEnded) return
    if (this.#isRefused) void this.#stand()
    else this.#current.abort(new Error('restarted'))
  }

  end(): void {
    this.#isEnded = true
    this.#current.abort(new Error('ended'))
  }

  async #stand(): Promise<void> {
    const { timers, platform } = this.#context
    this.#isRefused = false
    for (let failures = 0; !this.#isEnded; failures++) {
      this.#current = new AbortController()
      try {
        const outcome = await this.#once()
        if (outcome === 'none') return
        if (outcome === 'heard') failures = 0
        const waitMs = Math.max(this.#cursor.retryMs ?? 0, backOff(failures, platform))
        await pause(timers, waitMs, this.#current.signal)
      } catch (error) {
        if (this.#current.signal.aborted) continue
        this.#isRefused = true
        this.#context.tell(`What the server says by itself is not heard for now. ${String(error)}`)
        return
      }
    }
  }

  /** Reads the stream once. */
  async #once(): Promise<'none' | 'heard' | 'silent'> {
    const { url, limits } = this.#context
    const { headers, hear, onSessionLost } = this.#standing
    const { id } = this.#cursor
    const resumed = id === undefined ? {} : { 'last-event-id': id }
    const answer = await this.#patience.send(
      {
        ...{ method: 'GET', url, isBackground: true, signal: this.#current.signal },
        headers: { ...headers, ...resumed, accept: 'text/event-stream' },
      },
      true,
    )
    if (answer.status !== 200 || !isEventStream(answer)) {
      answer.close()
      if (answer.status === NOT_FOUND && headers['mcp-session-id'] !== undefined) onSessionLost()
      return 'none'
    }
    let wasHeard = false
    this.#cursor = await readStream(answer, this.#cursor, {
      maxChars: limits.messageBytes,
      async onEvent({ data }) {
        wasHeard = true
        if (data !== undefined) await hear(data)
      },
    })
    return wasHeard ? 'heard' : 'silent'
  }
}

/**
 * Syslog over a connection: TCP, TLS or a Unix stream socket.
 *
 * Each message is preceded by its length. What cannot be sent yet waits, up to a bound; what finds no
 * room is counted and told of once the connection is back. Syslog has no receipts, so what was under
 * way when a connection broke may be lost.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6587#section-3.4.1 | RFC 6587 §3.4.1} (octet counting)
 * @see {@link https://www.rfc-editor.org/rfc/rfc5425 | RFC 5425} (TLS)
 * @module
 */

import type { Socket } from 'node:net'
import type { ExportContext } from './exporter.ts'

/** Sends messages. */
export interface Transport {
  send(message: string): void
  close(): Promise<void>
}

/** Opens a connection; it is not there yet when this returns. */
export type Connect = () => Socket

/** Messages that may wait. */
const MAX_WAITING = 10_000
/** How long an attempt to connect may take, and closing. */
const CONNECT_MS = 10_000
const CLOSE_MS = 1_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** Sends over connections, one after the other, for as long as it is open. */
export class StreamTransport implements Transport {
  readonly #connect: Connect
  readonly #context: ExportContext
  readonly #waiting: string[] = []
  #socket: Socket | undefined
  #isConnected = false
  #isFull = false
  #isClosed = false
  #dropped = 0
  #pause = FIRST_PAUSE_MS
  #callOff: (() => void) | undefined
  #onEmpty = () => {}

  constructor(connect: Connect, context: ExportContext) {
    this.#connect = connect
    this.#context = context
  }

  send(message: string): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(message)
    // Commands that have nothing to tell do not even connect.
    if (this.#socket === undefined && this.#callOff === undefined) this.#open()
    this.#pump()
  }

  async close(): Promise<void> {
    const socket = this.#socket
    if (socket !== undefined && this.#waiting.length > 0) {
      socket.ref()
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
        socket.once('close', resolve)
        this.#context.timers.after(CLOSE_MS, resolve)
      })
    }
    this.#isClosed = true
    this.#callOff?.()
    socket?.end()
    socket?.unref()
    const left = this.#waiting.length + this.#dropped
    if (left > 0) this.#context.onWarning(`${left} events were not sent to syslog.`)
  }

  #open(): void {
    const socket = this.#connect()
    this.#socket = socket
    // Exports alone keep no process alive.
    socket.unref()
    const giveUp = this.#context.timers.after(CONNECT_MS, () =>
      socket.destroy(new Error('no connection within ten seconds')),
    )
    const ready = () => {
      giveUp()
      this.#connected()
    }
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', ready)
    socket.on('drain', () => {
      this.#isFull = false
      this.#pump()
    })
    let reason = 'the connection was closed'
    socket.on('error', (error) => {
      reason = error.message
    })
    socket.once('close', () => {
      giveUp()
      this.#lost(reason)
    })
    // Nothing is expected from the other side, but unread it would hold up the end of the connection.
    socket.resume()
  }

  #connected(): void {
    this.#isConnected = true
    this.#pause = FIRST_PAUSE_MS
    if (this.#dropped > 0) {
      this.#context.onWarning(`${this.#dropped} events were not sent to syslog.`)
      this.#dropped = 0
    }
    this.#pump()
  }

  #lost(reason: string): void {
    if (this.#isClosed) return
    if (this.#isConnected || this.#pause === FIRST_PAUSE_MS) {
      this.#context.onWarning(`Syslog cannot be reached: ${reason}. It is tried again.`)
    }
    this.#isConnected = false
    this.#isFull = false
    this.#socket = undefined
    this.#callOff = this.#context.timers.after(this.#pause, () => {
      this.#callOff = undefined
      this.#open()
    })
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS)
  }

  #pump(): void {
    if (!this.#isConnected || this.#socket === undefined) return
    let sent = 0
    for (const message of this.#waiting) {
      if (this.#isFull) break
      // ASCII: as many octets as characters.
      this.#isFull = !this.#socket.write(`${message.length} ${message}`)
      sent += 1
    }
    this.#waiting.splice(0, sent)
    if (this.#waiting.length === 0) this.#onEmpty()
  }
}

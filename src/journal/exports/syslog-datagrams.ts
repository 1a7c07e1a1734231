/**
 * Syslog over UDP: a datagram a message, and no word about what became of it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5426 | RFC 5426}
 * @module
 */

import { createSocket, type Socket } from 'node:dgram'
import type { ExportContext } from './exporter.ts'
import type { Transport } from './syslog-stream.ts'

/** Datagrams that may be on their way out. */
const MAX_UNDER_WAY = 1_000
/** How long closing may take: names are looked up first. */
const CLOSE_MS = 1_000

/** Where datagrams go. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/** Sends datagrams to one place. */
export class DatagramTransport implements Transport {
  readonly #socket: Socket
  readonly #destination: Destination
  readonly #context: ExportContext
  #underWay = 0
  #lost = 0
  #onIdle = () => {}

  constructor(destination: Destination, context: ExportContext) {
    this.#destination = destination
    this.#context = context
    this.#socket = createSocket(destination.host.includes(':') ? 'udp6' : 'udp4')
    this.#socket.unref()
    this.#socket.on('error', (error) => this.#fail(error))
  }

  send(message: string): void {
    if (this.#underWay >= MAX_UNDER_WAY) {
      this.#lost += 1
      return
    }
    this.#underWay += 1
    const { host, port } = this.#destination
    this.#socket.send(message, port, host, (error) => {
      this.#underWay -= 1
      if (error !== null) this.#fail(error)
      if (this.#underWay === 0) this.#onIdle()
    })
  }

  async close(): Promise<void> {
    if (this.#underWay > 0) {
      this.#socket.ref()
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
        this.#context.timers.after(CLOSE_MS, resolve)
      })
    }
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }

  /** Said once, or an unreachable server would fill the log. */
  #fail(error: Error): void {
    if (this.#lost === 0) {
      this.#context.onWarning(`Events do not reach syslog: ${error.message}.`)
    }
    this.#lost += 1
  }
}

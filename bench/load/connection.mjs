/**
 * One HTTP/1.1 connection that is kept open: requests go out as bytes that were made beforehand, and of
 * an answer only what delimits it is read. A client library would take more of the processor than the
 * servers do.
 */

import { connect } from 'node:net'

export class Connection {
  #socket
  #host
  #port
  #received = ''
  #settle

  constructor({ host, port }) {
    this.#host = host
    this.#port = port
  }

  open() {
    return new Promise((resolve, reject) => {
      this.#socket = connect({ host: this.#host, port: this.#port, noDelay: true }, resolve)
      this.#socket.setEncoding('latin1')
      this.#socket.on('data', (text) => this.#take(text))
      this.#socket.on('error', reject)
      this.#socket.on('close', () => this.#finish({ status: 0, body: '' }))
    })
  }

  /** Sends a request. @returns `{ status, body }`; status 0 if the connection broke. */
  send(bytes, done) {
    this.#settle = done
    this.#socket.write(bytes, 'latin1')
  }

  close() {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #take(text) {
    this.#received = this.#received === '' ? text : this.#received + text
    const received = this.#received
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const head = received.slice(0, headEnd).toLowerCase()
    const body = received.slice(headEnd + 4)
    const length = /\ncontent-length: *(\d+)/.exec(head)
    const isWhole =
      length === null
        ? !head.includes('transfer-encoding: chunked') || body.endsWith('0\r\n\r\n')
        : body.length >= Number(length[1])
    if (!isWhole) return
    this.#received = ''
    this.#finish({ status: Number(received.slice(9, 12)), body })
  }

  #finish(answer) {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(answer)
  }
}

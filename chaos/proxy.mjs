/**
 * A TCP proxy that can refuse, delay, swallow and cut.
 *
 * It knows nothing of HTTP but that a request of ours is one piece on its way in. So “the answer was
 * lost” is exact: the request has arrived, and the connection ends when the first byte comes back.
 */

import { connect, createServer } from 'node:net'

const HEALTHY = { refuse: false, blackHole: false, delay: 0, cut: 0, cutAfter: 0, port: undefined }

export class TcpProxy {
  /** How many connections were cut so far. */
  cuts = 0
  port
  #server
  #sockets = new Set()
  #faults = HEALTHY
  #targetPort
  #random

  /** @param targetPort Asked for each connection, so that a target may move. */
  constructor(targetPort, random) {
    this.#targetPort = targetPort
    this.#random = random
    this.#server = createServer((socket) => this.#accept(socket))
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.port = this.#server.address().port
    return this
  }

  /**
   * What goes wrong from now on: `refuse` connections, `blackHole` what comes, `delay` each piece by
   * milliseconds, `cut` the connection with this probability per request when the answer begins, or
   * after up to `cutAfter` bytes of it; everything goes to another `port`.
   */
  set(faults) {
    this.#faults = { ...HEALTHY, ...faults }
  }

  /** Cuts every connection there is. */
  cutAll() {
    this.cuts += this.#sockets.size
    for (const socket of this.#sockets) socket.destroy()
  }

  async close() {
    this.cutAll()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client) {
    client.on('error', () => {})
    if (this.#faults.refuse) return client.resetAndDestroy()
    const port = this.#faults.port ?? this.#targetPort()
    if (port === undefined) return client.resetAndDestroy()
    const server = connect(port, '127.0.0.1')
    const both = [client, server]
    for (const [socket, other] of [both, [server, client]]) {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    let bytesLeft = Number.POSITIVE_INFINITY
    client.on('data', (piece) => {
      const { blackHole, cut, cutAfter } = this.#faults
      if (blackHole) return
      if (this.#random.chance(cut)) bytesLeft = this.#random.between(0, cutAfter)
      this.#pass(piece, server)
    })
    server.on('data', (piece) => {
      if (this.#faults.blackHole) return
      if (piece.length <= bytesLeft) {
        bytesLeft -= piece.length
        return this.#pass(piece, client)
      }
      this.cuts++
      client.write(piece.subarray(0, bytesLeft), () => client.destroy())
      bytesLeft = 0
    })
    client.on('end', () => server.end())
    server.on('end', () => client.end())
  }

  #pass(piece, to) {
    const { delay } = this.#faults
    if (delay === 0) to.write(piece)
    else setTimeout(() => to.writable && to.write(piece), delay)
  }
}

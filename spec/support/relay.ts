/** A stretch of network between a client and a server, which can fail at a chosen moment. */

import { connect, createServer, type Server, type Socket } from 'node:net'

/** Relays connections to a port of this computer. */
export class Relay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #fatal: RegExp | undefined

  private constructor(to: number) {
    this.#server = createServer((client) => this.#join(client, connect(to, '127.0.0.1')))
  }

  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port)
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /**
   * Lets requests through until one matches; that one arrives too, but its answer does not, and the
   * connection ends once the server has given it.
   */
  swallowAnswerTo(request: RegExp): void {
    this.#fatal = request
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket, server: Socket): void {
    let swallows = false
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (data) => {
      if (this.#fatal?.test(data.toString('latin1'))) {
        swallows = true
        this.#fatal = undefined
      }
      server.write(data)
    })
    server.on('data', (data) => {
      if (swallows) client.destroy()
      else client.write(data)
    })
  }
}

/**
 * Sockets on this machine, for the one answer that a browser brings.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-8.3 | RFC 8252 §7.3, §8.3}
 * @module
 */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ClientError } from '../errors.ts'

/** Which of this machine's names stands in the redirect URI. */
export type LoopbackHost = '127.0.0.1' | '[::1]' | 'localhost'

/** All addresses that a browser may go to for a name. None may be left to another program. */
const addresses: Readonly<Record<LoopbackHost, readonly string[]>> = {
  '127.0.0.1': ['127.0.0.1'],
  '[::1]': ['::1'],
  localhost: ['127.0.0.1', '::1'],
}

/** What is listening. */
export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** A random port of one address may be taken at the other. */
const ATTEMPTS = 5

/**
 * Listens at the first of the ports that is free at all addresses of a name; `0` is any free one.
 *
 * @throws {ClientError} `callback_unavailable` if there is none. Then nobody must be sent away: whoever
 * has the port would get the answer.
 */
export async function listen(
  host: LoopbackHost,
  ports: readonly number[],
  listener: RequestListener,
): Promise<Listening> {
  const wanted = ports.flatMap((port) => (port === 0 ? Array(ATTEMPTS).fill(0) : [port]))
  for (const port of wanted) {
    const listening = await listenAt(addresses[host], port, listener)
    if (listening !== undefined) return listening
  }
  throw new ClientError('callback_unavailable', 'Name another port, or end what is using it.', {
    detail: `no free port of ${host} among ${ports.join(', ')}`,
  })
}

/** Listens at one port of every address, or nowhere. */
async function listenAt(
  hosts: readonly string[],
  wanted: number,
  listener: RequestListener,
): Promise<Listening | undefined> {
  const servers: Server[] = []
  const close = () => Promise.all(servers.map(closed))
  let port = wanted
  for (const host of hosts) {
    const server = createServer(listener)
    const problem = await bound(server, host, port)
    // A machine without IPv6 has nobody there who could listen instead.
    if (problem === 'no such address' && servers.length > 0) continue
    if (problem !== undefined) {
      await close()
      return undefined
    }
    servers.push(server)
    port = portOf(server.address())
  }
  return { port, close: async () => void (await close()) }
}

const bound = (server: Server, host: string, port: number) =>
  new Promise<'taken' | 'no such address' | undefined>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return resolve('taken')
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') {
        return resolve('no such address')
      }
      reject(error)
    })
    // Exclusive: workers of a cluster must not share it either.
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' }, () =>
      resolve(undefined),
    )
  })

const portOf = (address: AddressInfo | string | null): number => {
  if (typeof address === 'object' && address !== null) return address.port
  throw new TypeError('A server on a port has an address with one.')
}

/** Whoever still holds a connection does not hold up the end. */
const closed = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

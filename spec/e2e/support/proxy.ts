/** A proxy of HTTP, which counts the tunnels that it was asked for. */

import { createServer } from 'node:http'
import { connect } from 'node:net'
import { endLater } from './reaper.ts'

/** A running proxy. */
export interface Proxy {
  readonly url: string
  tunnels: number
}

/** Starts it. It opens tunnels to anywhere. */
export async function startProxy(): Promise<Proxy> {
  const proxy = { url: '', tunnels: 0 }
  const server = createServer((_, response) => void response.writeHead(405).end())
  server.on('connect', ({ url = '' }, near) => {
    proxy.tunnels += 1
    const { hostname, port } = new URL(`http://${url}`)
    const far = connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n')
      far.pipe(near).pipe(far)
    })
    for (const socket of [near, far]) socket.on('error', () => near.destroy())
    endLater(() => void far.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endLater(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  proxy.url = `http://127.0.0.1:${address.port}`
  return proxy
}

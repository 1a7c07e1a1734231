/** About connections, so it uses some. */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpRequest } from './http.ts'
import { NoAnswer, readText } from './http.ts'
import { nodeHttp } from './node-http.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (let end = open.pop(); end !== undefined; end = open.pop()) await end()
})

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  return { server, url: `http://127.0.0.1:${address.port}/` }
}

function client() {
  const http = nodeHttp()
  open.push(() => http.close())
  const send = (url: string, more: Partial<HttpRequest> = {}) =>
    http.send({ method: 'GET', url, headers: {}, signal: new AbortController().signal, ...more })
  return { http, send }
}

const failure = (sent: Promise<unknown>): Promise<NoAnswer> =>
  sent.then(
    () => Promise.reject(new Error('It was answered.')),
    (error) => (error instanceof NoAnswer ? error : Promise.reject(error)),
  )

describe('nodeHttp', () => {
  it('sends a body whole, reads an answer, and uses the connection again', async () => {
    const sockets = new Set<unknown>()
    const { url } = await serve(async (request, response) => {
      sockets.add(request.socket)
      response.end(Buffer.concat(await request.toArray()))
    })
    const { send } = client()
    let sent = 0
    const body = 'ö'.repeat(100_000)
    for (let i = 0; i < 3; i++) {
      const answer = await send(url, { method: 'POST', body, onSent: () => (sent += 1) })
      expect(await readText(answer, 1_000_000)).toBe(body)
    }
    expect([sockets.size, sent]).toEqual([1, 3])
  })

  it('reads no more than it may', async () => {
    const { url } = await serve((_, response) => response.end('x'.repeat(100_000)))
    const answer = await client().send(url)
    expect(await readText(answer, 1_000)).toBeUndefined()
  })

  it('hands a redirect back', async () => {
    let asked = 0
    const { url } = await serve((_, response) => {
      asked += 1
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    const answer = await client().send(url)
    expect([answer.status, answer.header('location'), asked]).toEqual([307, '/elsewhere', 1])
    answer.close()
  })

  it('a port where nobody listens: nothing was sent, and it may pass', async () => {
    const { server, url } = await serve(() => {})
    server.close()
    expect(await failure(client().send(url))).toMatchObject({ wasSent: false, isPassing: true })
  })

  it('a server that hangs up on a request: it may have got it', async () => {
    const { url } = await serve((request) => void request.socket.destroy())
    expect(await failure(client().send(url))).toMatchObject({ wasSent: true, isPassing: true })
  })

  it('a kept connection that is gone: it may pass', async () => {
    const { server, url } = await serve((_, response) => response.end())
    const { send } = client()
    await readText(await send(url), 10)
    // As a peer that was restarted: whoever writes is told so.
    server.on('connection', (socket) => socket.destroy())
    server.closeAllConnections()
    const error = await failure(send(url, { method: 'POST', body: '{}' }))
    expect(error.isPassing).toBe(true)
  })

  it('what is no TLS: nothing was sent, and it does not pass', async () => {
    const server = createTcpServer((socket) => socket.end('no TLS\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(() => server.close())
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const error = await failure(client().send(`https://127.0.0.1:${port}/`))
    expect(error).toMatchObject({ wasSent: false, isPassing: false })
  })

  it('is called off by its signal, before and during the answer', async () => {
    const { url } = await serve((_, response) => void response.write('begun'))
    const { send } = client()
    const [early, late] = [new AbortController(), new AbortController()]
    early.abort(new Error('early'))
    await expect(send(url, { signal: early.signal })).rejects.toThrow('early')
    const answer = await send(url, { signal: late.signal })
    const read = readText(answer, 100)
    late.abort(new Error('late'))
    await expect(read).rejects.toThrow()
  })

  it('lets go of idle connections', async () => {
    const sockets = new Set<unknown>()
    const { url } = await serve((request, response) => {
      sockets.add(request.socket)
      response.end()
    })
    const { http, send } = client()
    await readText(await send(url), 10)
    http.refresh()
    await readText(await send(url), 10)
    expect(sockets.size).toBe(2)
  })
})

import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createNodeServer, listen } from 'warder/node'
import { authorizationServer } from './support/authorization-server.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function bound(server: Server, host: string): Promise<number> {
  undo.push(() => new Promise((resolve) => server.close(resolve)))
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Writes bytes and gives what comes back until the peer closes. */
const exchange = (port: number, bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    socket.on('close', () => resolve(text)).on('error', reject)
  })

describe('The Node adapter', () => {
  it('GW-09 RFC 9112 §3.2 MUST answer 400 to a request with several Host lines', async () => {
    const port = await bound(
      createNodeServer(async () => new Response('reached')),
      '127.0.0.1',
    )
    const hosts = 'Host: as.test\r\nHost: evil.test\r\n'
    const answer = await exchange(port, `GET / HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).not.toContain('reached')
  })

  it.each(['xn--a', '999.999.999.999', 'as.test:99999', '%41'])(
    'RFC 9112 §3.2 MUST answer 400 to a request for the host %s, which is none',
    async (host) => {
      const reached = async ({ url }: Request) => new Response(new URL(url).host)
      const port = await bound(createNodeServer(reached), '127.0.0.1')
      const head = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 400 /)
    },
  )

  it('listens on both loopback addresses or on none', async () => {
    const taken = createServer()
    const port = await bound(taken, '::1')
    const handler = async () => new Response('still here')
    await expect(listen(handler, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const answer = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ).catch((error: NodeJS.ErrnoException) => error.code)
    expect(answer).not.toContain('still here')
  })

  it('INV-8 a caller who hangs up in the middle of a form is no failure of the server', async () => {
    const rig = await authorizationServer({ issuer: 'http://localhost:4000' })
    let answered: (response: Response) => void = () => {}
    const answer = new Promise<Response>((resolve) => {
      answered = resolve
    })
    const server = createNodeServer(async (request) => {
      const response = await rig.server.fetch(request)
      answered(response)
      return response
    })
    const port = await bound(server, '127.0.0.1')
    const socket = connect(port, '127.0.0.1', () => {
      const type = 'Content-Type: application/x-www-form-urlencoded'
      const head = `POST /token HTTP/1.1\r\nHost: localhost:4000\r\n${type}\r\nContent-Length: 99\r\n\r\n`
      socket.write(`${head}a=b`, () => socket.destroy())
    })
    expect((await answer).status).toBe(400)
    expect(rig.events.filter(({ type }) => type === 'request.failed')).toEqual([])
  })
})

describe('The address a server answers as', () => {
  it.each([
    ['as.test', 200],
    ['as.test:443', 200],
    ['AS.test', 200],
    ['as.test:80', 421],
    ['as.test:8443', 421],
    ['evil.test', 421],
    ['as.test.evil.test', 421],
    ['as.test/evil.test', 421],
    ['evil.test#as.test', 421],
  ])('MD-01 Host %s is answered %i behind a proxy that ends TLS', async (host, status) => {
    const { server } = await authorizationServer()
    const request = new Request('http://as.test/.well-known/jwks.json', { headers: { host } })
    expect((await server.fetch(request)).status).toBe(status)
  })
})

/** The way to a server: whose certificate and whose address a client accepts. It is about sockets, so it has some. */

import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient, networkFetch } from 'warder/client'
import { Secret } from 'warder/vault'
import { clientWorld } from './support/client-world.ts'

let directory = ''
let server: Server
let [cert, key, origin] = ['', '', '']

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'warder-tls-'))
  const paths = { key: join(directory, 'key.pem'), cert: join(directory, 'cert.pem') }
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, ...names, '-keyout', paths.key, '-out', paths.cert, '-days', '2'],
    { stdio: 'ignore' },
  )
  ;[key, cert] = [readFileSync(paths.key, 'utf8'), readFileSync(paths.cert, 'utf8')]
  server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (req, res) => {
    const { CN } = (req.socket as TLSSocket).getPeerCertificate().subject ?? {}
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ method: req.method, client: CN }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(directory, { recursive: true })
})
afterEach(() => vi.unstubAllEnvs())

const pinOf = (pem: string) =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : ''

const failure = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(() => expect.fail('it should have been refused'), messageOf)

describe('Attacks on clients: the way to a server', () => {
  it('CL-31 a certificate that nobody trusts is refused, and the client says what it could not reach', async () => {
    const client = createClient({
      issuer: origin,
      clientId: 'app',
      redirectUri: 'http://127.0.0.1/cb',
    })
    await expect(client.begin()).rejects.toMatchObject({
      code: 'unreachable',
      detail: expect.stringContaining('self-signed'),
    })
  })

  it('CL-31 also if the environment says that anybody is to be trusted', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    expect(await failure(networkFetch()(origin))).toContain('self-signed')
  })

  it('CL-31 a certificate for another host is refused', async () => {
    const url = origin.replace('localhost', '127.0.0.1')
    expect(await failure(networkFetch({ ca: cert })(url))).toMatch(/IP: 127\.0\.0\.1/)
  })

  it('goes by the certificates it is told to trust, with a body and an answer', async () => {
    const response = await networkFetch({ ca: cert })(origin, { method: 'POST', body: 'x' })
    expect(await response.json()).toEqual({ method: 'POST' })
  })

  it('shows a certificate of its own where it has one', async () => {
    const certificate = { cert, key: new Secret(key) }
    const response = await networkFetch({ ca: cert, certificate })(origin)
    expect(await response.json()).toEqual({ method: 'GET', client: 'localhost' })
  })

  it('RFC 7469 §2.6 a pinned server must have the key, whoever signed its certificate', async () => {
    const pins = { localhost: [pinOf(cert)] }
    expect((await networkFetch({ ca: cert, pins })(origin)).status).toBe(200)
    const others = { localhost: [createHash('sha256').update('another').digest('base64')] }
    expect(await failure(networkFetch({ ca: cert, pins: others })(origin))).toContain('pinned')
  })

  it.each([['not a hash'], ['']])('RFC 7469 §2.1 %j is no pin', (pin) => {
    expect(() => networkFetch({ pins: { localhost: [pin] } })).toThrow(/^pins\.localhost: /)
    expect(() => networkFetch({ pins: { localhost: [] } })).toThrow(/^pins\.localhost: /)
  })

  it.each(['LOCALHOST', 'localhost:8443', 'https://localhost', 'münchen.test', ''])(
    'RFC 7469 §2.1 a pin for %j would be held against nobody',
    (host) => {
      const pins = { [host]: [btoa('x'.repeat(32))] }
      expect(() => networkFetch({ pins })).toThrow(/must be a host/)
    },
  )

  it.each([
    'https://127.0.0.1/',
    'https://169.254.169.254/latest',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x7f000001/',
  ])('CL-21 %s is not reached on the word of a stranger', async (url) => {
    expect(await failure(networkFetch({ publicOnly: true })(url))).toContain('public internet')
  })

  it('CL-21 nor is a name of a private address', async () => {
    const fetch = networkFetch({ publicOnly: true, ca: cert })
    expect(await failure(fetch(origin))).toContain('public internet')
  })

  it('CL-21 a client that goes by it stops where the resource leads it inside', async () => {
    const world = clientWorld()
    const inside = networkFetch({ publicOnly: true })
    world.on('https://mcp.test/.well-known/oauth-protected-resource/mcp', {
      resource: 'https://mcp.test/mcp',
      authorization_servers: [origin],
    })
    const client = world.client({
      fetch: (input, init) =>
        String(input).startsWith(origin) ? inside(input, init) : world.fetch(input, init),
    })
    await expect(client.begin()).rejects.toMatchObject({
      code: 'unreachable',
      detail: expect.stringContaining('public internet'),
    })
  })

  it('CL-21 what a proxy connects to cannot be judged', () => {
    const options = { publicOnly: true, proxy: 'http://127.0.0.1:3128' }
    expect(() => networkFetch(options)).toThrow(/^publicOnly: /)
  })
})

import { describe, expect, it, vi } from 'vitest'
import { fetchVisit } from './fetch-visit.ts'
import { type NodeRequest, type NodeSocket, nodeVisit } from './node-visit.ts'

const certificate = new Uint8Array([48, 3])

/** A request over TLS, whose caller has shown a certificate that was found good. */
const request = (changes: Partial<NodeRequest> = {}, socket: NodeSocket = {}): NodeRequest => ({
  method: 'GET',
  url: '/a?b=c',
  rawHeaders: ['Host', 'api.test'],
  socket: {
    remoteAddress: '192.0.2.7',
    encrypted: true,
    authorized: true,
    getPeerCertificate: () => ({ raw: certificate }),
    ...socket,
  },
  ...changes,
})

const urlOf = (changes: Partial<NodeRequest>) => nodeVisit(request(changes), [])?.request.url

describe('The address of a request', () => {
  it.each([
    ['/a?b=c', 'https://api.test/a?b=c'],
    ['//evil.test/a', 'https://api.test//evil.test/a'],
    ['/\\evil.test', 'https://api.test/\\evil.test'],
    ['*', 'https://api.test/'],
    ['http://other.test/a', 'https://other.test/a'],
    ['HTTPS://other.test:8443?a', 'https://other.test:8443/?a'],
    ['ftp://other.test/a', 'https://api.test/'],
    ['http://u@other.test/a', undefined],
    ['http:///a', undefined],
  ])('with the target %s is %s', (url, address) => {
    expect(urlOf({ url })).toBe(address)
  })

  it.each([
    ['', undefined],
    ['api.test:8443', 'https://api.test:8443/a?b=c'],
    ['[::1]:8443', 'https://[::1]:8443/a?b=c'],
    ['API.test', 'https://API.test/a?b=c'],
    ['a.test, b.test', undefined],
    ['a.test/b', undefined],
    ['a.test?b', undefined],
    ['a.test#b', undefined],
    ['a@b.test', undefined],
    ['a.test:99999', undefined],
    ['999.999.999.999', undefined],
    ['\xe9.test', undefined],
  ])('with the host %s is %s', (host, address) => {
    expect(urlOf({ rawHeaders: ['Host', host] })).toBe(address)
  })

  it('without a host is none in a new process either, which has met no good one', async () => {
    vi.resetModules()
    const { nodeVisit: anew } = await import('./node-visit.ts')
    for (const rawHeaders of [[], ['Host', '']]) {
      expect(anew(request({ rawHeaders }), [])).toBeUndefined()
    }
  })

  it('is the one that was received, whatever a framework made of it', () => {
    expect(urlOf({ url: '/rest', originalUrl: '/mounted/rest' })).toBe(
      'https://api.test/mounted/rest',
    )
  })

  it('in HTTP/2 has its host in a field of its own', () => {
    const rawHeaders = [':path', '/a?b=c', ':authority', 'h2.test', 'x', 'y']
    expect(urlOf({ rawHeaders })).toBe('https://h2.test/a?b=c')
  })
})

describe('The headers of a request', () => {
  it('are found by their names in any case, and joined if there are several', () => {
    const rawHeaders = ['Host', 'api.test', 'AUTHORIZATION', 'a', 'X-Key', '', 'authorization', 'b']
    const headers = nodeVisit(request({ rawHeaders }), [])?.request.headers
    expect(headers?.get('authorization')).toBe('a, b')
    expect(headers?.get('x-key')).toBe('')
    expect(headers?.get('cookie')).toBeNull()
  })
})

describe('The certificate of a caller', () => {
  const certificateFor = (socket: NodeSocket, trustedProxies: readonly string[] = []) =>
    nodeVisit(request({}, socket), trustedProxies)?.connection.clientCertificate

  it('is handed on if it was found good', () => {
    expect(certificateFor({})).toBe(certificate)
  })

  it('is not if it was not, or there is none', () => {
    expect(certificateFor({ authorized: false })).toBeUndefined()
    expect(certificateFor({ getPeerCertificate: () => ({}) })).toBeUndefined()
  })

  it('is not that of the proxy before which the caller stands', () => {
    expect(certificateFor({}, ['10.0.0.0/8'])).toBe(certificate)
    expect(certificateFor({}, ['192.0.2.0/24'])).toBeUndefined()
  })
})

describe('The address of a caller', () => {
  it('is the same however the server listens', () => {
    const from = (remoteAddress: string) =>
      nodeVisit(request({}, { remoteAddress }), [])?.connection.remoteAddress
    expect(from('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(from('192.0.2.7')).toBe('192.0.2.7')
    expect(from('2001:DB8::1')).toBe('2001:db8::1')
  })
})

describe('A Request', () => {
  it('is read as it is where there are no proxies', () => {
    const received = new Request('https://api.test/a')
    expect(fetchVisit(received, [])?.request).toBe(received)
  })

  it('is not rewritten for a connection of which nothing is known', () => {
    const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-for': '127.0.0.1' }
    const received = new Request('https://api.test/a?b', { headers })
    const visit = fetchVisit(received, ['0.0.0.0/0', '::/0'])
    expect(visit?.request.url).toBe('https://api.test/a?b')
    expect(visit?.connection).toEqual({})
  })
})

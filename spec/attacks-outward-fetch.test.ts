/**
 * Attacks on whoever fetches what a stranger names (SS), and the answers a stranger may give (CM-03).
 *
 * A real server on loopback stands for the other side. Where the attack needs a public address, the
 * connection is made to that server and made to look as if it had gone there.
 */

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type LookupFunction,
  type Socket,
} from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPublicAddress } from '../src/protocol/address.ts'
import {
  createOutwardFetch,
  type OutwardFetchOptions,
  type OutwardRequest,
} from '../src/protocol/outward-fetch.ts'
import { OutwardFetchError } from '../src/protocol/outward-fetch-error.ts'

const PUBLIC = '93.184.215.14'
const DOCUMENT = 'https://client.test/document'

/** What the server saw. */
const requests: { readonly method: string; readonly url: string; readonly host: string }[] = []
let answer: RequestListener = (_, response) => response.end()
let server: Server
let port: number

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, url, host: headers.host ?? '' })
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** A network in which every connection ends at the server, at an address of the test's choice. */
function network(remoteAddress: string | undefined = PUBLIC) {
  const lookups: unknown[] = []
  let connections = 0
  const connector: OutwardFetchOptions['connector'] = (lookup) => (target, callback) => {
    connections++
    lookup(target.hostname, { all: true }, (_, addresses) => lookups.push(addresses))
    const socket: Socket = connect(port, '127.0.0.1', () => callback(null, socket))
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
  }
  return { connector, lookups, connections: () => connections }
}

/** Fetches the document of a name at a public address. */
const fetchDocument = (options: OutwardFetchOptions = {}, request?: OutwardRequest) =>
  createOutwardFetch({ resolve: async () => [PUBLIC], ...network(), ...options })(DOCUMENT, request)

/** The code an attempt fails with. */
async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'fetched',
    ({ code }) => code,
  )
}

describe('SS: addresses', () => {
  const ipv4 = [
    ...[
      '127.0.0.1',
      '127.1',
      '0',
      '0.0.0.0',
      '2130706433',
      '0x7f000001',
      '017700000001',
      '127.0.1',
    ],
    ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1'],
    ...[
      '169.254.169.254',
      '192.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
    ],
    ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '0.1.2.3'],
    ...['0x7f.1', '0300.0250.1.1', '127.0.0.1.', '①②⑦.⓪.⓪.①', '127。0。0。1'],
  ]
  const ipv6 = [
    ...[
      '::1',
      '::',
      'fe80::1',
      'febf::1',
      'fec0::1',
      'fc00::1',
      'fd12:3456::1',
      'ff02::1',
      '100::1',
    ],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:93.184.215.14',
      '::ffff:0:a9fe:a9fe',
      '::7f00:1',
      '::5db8:d70e',
    ],
    ...['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::a9fe:a9fe', '64:ff9b:1:a9fe:a9:fe00::'],
    ...[
      '2002:a9fe:a9fe::1',
      '2002:808:808::1',
      '2606:4700::5efe:192.168.1.1',
      '2606:4700::200:5efe:1:1',
    ],
    ...[
      '2001::1',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '2001:db8::1',
      '2001:2::1',
      '2001:10::1',
    ],
    ...['3fff::1', '5f00::1', '2001:20::1', '0:0:0:0:0:0:0:1', '0000::0001', '4000::1'],
  ]

  it.each(ipv4)('SS-01 https://%s is refused before anything is connected', async (host) => {
    const { connector, connections } = network()
    const get = createOutwardFetch({ connector, resolve: async (name) => [name] })
    expect(['address_refused', 'url_refused']).toContain(await codeOf(get(`https://${host}/`)))
    expect(connections()).toBe(0)
  })

  it.each(ipv6)('SS-02 https://[%s] is refused before anything is connected', async (host) => {
    const { connector, connections } = network()
    const get = createOutwardFetch({ connector })
    expect(await codeOf(get(`https://[${host}]/`))).toBe('address_refused')
    expect(await codeOf(fetchDocument({ connector, resolve: async () => [host] }))).toBe(
      'address_refused',
    )
    expect(connections()).toBe(0)
  })

  it('SS-02 an address with a zone is refused', async () => {
    const { connector } = network()
    const get = createOutwardFetch({ connector })
    expect(await codeOf(get('https://[fe80::1%25eth0]/'))).toBe('url_refused')
    expect(await codeOf(fetchDocument({ resolve: async () => ['fe80::1%eth0'] }))).toBe(
      'address_refused',
    )
    expect(await codeOf(fetchDocument({ resolve: async () => ['2606:4700::1%eth0'] }))).toBe(
      'address_refused',
    )
  })

  it.each([
    '93.184.215.14',
    '8.8.8.8',
    '2606:4700::1',
    '2001:4860:4860::8888',
    '2a00:1450:4001::1',
  ])('SS-02 the public address %s is not refused', async (address) => {
    answer = (_, response) => response.end('{}')
    const options = { resolve: async () => [address], ...network(address) }
    expect(await fetchDocument(options)).toMatchObject({ status: 200, body: '{}' })
  })

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'ip6-localhost'])(
    'SS-03 %s is refused',
    async (name) => {
      const get = createOutwardFetch({ resolve: async () => ['127.0.0.1'], ...network() })
      expect(await codeOf(get(`https://${name}/`))).toBe('address_refused')
    },
  )

  it.each([
    ...[
      ['10.0.0.1'],
      [PUBLIC, '10.0.0.1'],
      ['10.0.0.1', PUBLIC],
      [PUBLIC, '::1'],
      [PUBLIC, '::ffff:8.8.8.8'],
    ],
    ...[
      [PUBLIC, 'nonsense'],
      [PUBLIC, ''],
    ],
  ])('SS-03 a name at %j, %s is refused whole', async (...addresses) => {
    const { connector, connections } = network()
    expect(await codeOf(fetchDocument({ connector, resolve: async () => addresses }))).toBe(
      'address_refused',
    )
    expect(connections()).toBe(0)
  })

  it('SS-03 a name is resolved once, and the connection can only go to what was checked', async () => {
    answer = (_, response) => response.end()
    const asked: string[] = []
    const resolve = async (name: string) => {
      asked.push(name)
      return asked.length === 1 ? [PUBLIC, '2606:4700::1'] : ['127.0.0.1']
    }
    const { connector, lookups } = network()
    await fetchDocument({ resolve, connector })
    expect(asked).toEqual(['client.test'])
    expect(lookups).toEqual([
      [
        { address: PUBLIC, family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
    ])
  })

  it.each(['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', undefined, ''])(
    'SS-03 a connection that ended up at %j is closed before a byte is sent',
    async (remoteAddress) => {
      const before = requests.length
      const connector: OutwardFetchOptions['connector'] = (lookup) =>
        network(remoteAddress ?? '').connector?.(lookup) ?? (() => {})
      expect(await codeOf(fetchDocument({ connector }))).toBe('address_refused')
      expect(requests).toHaveLength(before)
    },
  )

  it('SS-03 the pinned lookup serves the real network client, one address or all', async () => {
    answer = (_, response) => response.end('here')
    const get = createOutwardFetch({ allowPrivate: true, resolve: async () => ['127.0.0.1'] })
    const { body } = await get(`http://localhost:${port}/pinned`)
    expect(body).toBe('here')
    expect(requests.at(-1)).toEqual({ method: 'GET', url: '/pinned', host: `localhost:${port}` })

    const found: unknown[] = []
    const connector: OutwardFetchOptions['connector'] =
      (lookup: LookupFunction) => (target, callback) => {
        lookup(target.hostname, {}, (_, address, family) => found.push(address, family))
        callback(new Error('enough'), null)
      }
    expect(await codeOf(fetchDocument({ connector }))).toBe('unreachable')
    expect(found).toEqual([PUBLIC, 4])
  })

  it('SS-03 over TLS the name is kept: the other side is asked for by it', async () => {
    const greeted: string[] = []
    const listener = createTcpServer((socket) => {
      socket.once('data', (bytes) => {
        greeted.push(bytes.toString('latin1'))
        socket.destroy()
      })
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const get = createOutwardFetch({ allowPrivate: true, resolve: async () => ['127.0.0.1'] })
    const url = `https://client.test:${(listener.address() as AddressInfo).port}/`
    expect(await codeOf(get(url))).toBe('unreachable')
    listener.close()
    expect(greeted).toHaveLength(1)
    // A handshake record that carries the server name in the clear.
    expect(greeted[0]?.startsWith('\x16\x03')).toBe(true)
    expect(greeted[0]).toContain('client.test')
  })

  it('FZ-04 no spelling of a special address passes', () => {
    const special: [number, number][] = [
      ...[
        [0x0a000000, 8],
        [0x7f000000, 8],
        [0xa9fe0000, 16],
        [0xac100000, 12],
        [0xc0a80000, 16],
      ],
      ...[
        [0x64400000, 10],
        [0xc0000000, 24],
        [0xc6120000, 15],
        [0xe0000000, 3],
        [0, 8],
      ],
    ].map(([network = 0, bits = 0]) => [network, bits])
    const address = fc
      .tuple(fc.constantFrom(...special), fc.nat(0xffffffff))
      .map(([[prefix, bits], host]) => (prefix | (host & (2 ** (32 - bits) - 1))) >>> 0)
    const hex = (value: number) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`
    const dotted = (value: number) =>
      [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
    const spellings: ((value: number) => string)[] = [
      ...[dotted, String, (value: number) => `0x${value.toString(16)}`],
      ...[(value: number) => `::ffff:${dotted(value)}`, (value: number) => `::ffff:${hex(value)}`],
      ...[(value: number) => `::${hex(value)}`, (value: number) => `64:ff9b::${hex(value)}`],
      ...[
        (value: number) => `2002:${hex(value)}::1`,
        (value: number) => `2a00::5efe:${hex(value)}`,
      ],
    ]
    fc.assert(
      fc.property(address, fc.constantFrom(...spellings), (value, spell) => {
        expect(isPublicAddress(spell(value)), spell(value)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('FZ-04 no text breaks the check, and only canonical IPv4 passes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6(), fc.ipV4()), (text) => {
        if (!isPublicAddress(text)) return
        if (text.includes(':')) expect(text).toMatch(/^[23]/)
        else expect(new URL(`https://${text}`).hostname).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('SS: URLs', () => {
  it.each([
    ...['https://client.test:22/', 'https://client.test:25/', 'https://client.test:6379/'],
    ...['https://client.test:80/', 'https://client.test:8443/', 'http://client.test/'],
    ...['https://user@client.test/', 'https://user:pass@client.test/', 'https://:x@client.test/'],
    ...['ftp://client.test/', 'file:///etc/passwd', 'data:,x', 'javascript:1', 'ws://client.test/'],
    ...['', 'client.test', '//client.test/', 'https://', 'https://client.test\\@evil.test/'],
    ...[
      'https://client.test/\n',
      ' https://client.test/',
      'ht\ttps://client.test/',
      'https://a b/',
    ],
    ...['http://localhost/', 'http://127.0.0.1/', 'unix:/var/run/docker.sock'],
  ])('SS-05 %j is refused before its name is looked up', async (url) => {
    const resolve = async () => Promise.reject(new Error('looked up'))
    expect(await codeOf(createOutwardFetch({ resolve, ...network() })(url))).toBe('url_refused')
  })

  it('SS-05 another port can be allowed, and then 443 is not', async () => {
    answer = (_, response) => response.end()
    const get = createOutwardFetch({ ports: [8443], resolve: async () => [PUBLIC], ...network() })
    expect(await codeOf(get('https://client.test:8443/'))).toBe('fetched')
    expect(await codeOf(get(DOCUMENT))).toBe('url_refused')
  })

  it('SS-05 in development http is for this machine only', async () => {
    const get = createOutwardFetch({
      allowPrivate: true,
      resolve: async () => ['10.0.0.1'],
      ...network(),
    })
    expect(await codeOf(get('http://client.test/'))).toBe('url_refused')
    expect(await codeOf(get('http://10.0.0.1/'))).toBe('url_refused')
    expect(await codeOf(get('http://localhost.evil.test/'))).toBe('url_refused')
  })

  it('SS-07 what may be shown tells no one what is inside', async () => {
    const shown = async (options: OutwardFetchOptions) =>
      fetchDocument(options).then(String, ({ message }) => message)
    const refused = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:443'))
    const messages = [
      await shown({ resolve: async () => ['10.0.0.1'] }),
      await shown({ resolve: async () => [] }),
      await shown({ resolve: refused }),
      await shown(network('10.0.0.1')),
      await shown({ resolve: () => new Promise(() => {}), timeoutMs: 1 }),
    ]
    expect(new Set(messages)).toEqual(
      new Set(['The document could not be fetched. Check that its URL is publicly reachable.']),
    )
  })

  it('SS-07 the operator is told', async () => {
    const attempt = fetchDocument({ resolve: async () => ['10.0.0.1'] })
    await expect(attempt).rejects.toBeInstanceOf(OutwardFetchError)
    await expect(attempt).rejects.toMatchObject({ detail: 'client.test is at 10.0.0.1' })
    const refused = () => Promise.reject(new Error('no such name'))
    await expect(fetchDocument({ resolve: refused })).rejects.toMatchObject({
      detail: `${DOCUMENT}: no such name`,
    })
  })

  it('SS-08 proxies of the environment are not used', async () => {
    answer = (_, response) => response.end()
    const names = [
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'https_proxy',
      'http_proxy',
      'ALL_PROXY',
      'NODE_USE_ENV_PROXY',
    ]
    const before = names.map((name) => process.env[name])
    for (const name of names)
      process.env[name] = name.startsWith('NODE') ? '1' : 'http://127.0.0.1:9'
    try {
      const { connector, connections } = network()
      expect((await fetchDocument({ connector })).status).toBe(200)
      expect(connections()).toBe(1)
      expect(requests.at(-1)).toEqual({ method: 'GET', url: '/document', host: 'client.test' })
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name]
        else process.env[name] = before[i]
      })
    }
  })
})

describe('CM-03 answers', () => {
  it.each([301, 302, 303, 307, 308])(
    'CM-03 a %i is an answer and is not followed',
    async (status) => {
      const before = requests.length
      answer = (_, response) => response.writeHead(status, { location: 'https://evil.test/' }).end()
      const response = await fetchDocument()
      expect(response.status).toBe(status)
      expect(response.headers.get('location')).toBe('https://evil.test/')
      expect(requests).toHaveLength(before + 1)
    },
  )

  it.each([204, 206, 304, 404, 500])('CM-03 a %i is an answer', async (status) => {
    answer = (_, response) => response.writeHead(status).end()
    expect(await fetchDocument()).toMatchObject({ status, body: '' })
  })

  it('CM-03 5 kB are read, one byte more is not', async () => {
    answer = (_, response) => response.end('x'.repeat(5120))
    expect((await fetchDocument()).body).toHaveLength(5120)
    answer = (_, response) => response.end('x'.repeat(5121))
    expect(await codeOf(fetchDocument())).toBe('too_large')
    expect((await fetchDocument({}, { maxBytes: 5121 })).body).toHaveLength(5121)
    expect(await codeOf(fetchDocument({}, { maxBytes: Number.NaN }))).toBe('too_large')
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const)(
    'CM-03 what unpacks from %s is counted, not what arrives',
    async (encoding, compress) => {
      const send = (text: string) => {
        answer = (_, response) =>
          response.writeHead(200, { 'content-encoding': encoding }).end(compress(text))
      }
      send('small')
      expect((await fetchDocument()).body).toBe('small')
      send(' '.repeat(10_000_000))
      expect(await codeOf(fetchDocument())).toBe('too_large')
    },
  )

  it('CM-03 a body that never ends is cut off', async () => {
    answer = (_, response) => {
      const more = () => response.write('x'.repeat(1024)) && setImmediate(more)
      response.on('drain', more)
      more()
    }
    expect(await codeOf(fetchDocument())).toBe('too_large')
  })

  it('CM-03 a length that is a lie is no document', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('short')
      response.destroy()
    }
    expect(await codeOf(fetchDocument())).toBe('unreachable')
  })

  it('CM-03 what is not UTF-8 is no document', async () => {
    answer = (_, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d]))
    expect(await codeOf(fetchDocument())).toBe('malformed')
  })

  it.each<[string, RequestListener]>([
    ['answers nothing', () => {}],
    ['answers a header and nothing more', (_, response) => response.writeHead(200).flushHeaders()],
    ['answers a little and nothing more', (_, response) => response.write('x')],
  ])('CM-03 a server that %s is left alone after the deadline', async (_, listener) => {
    answer = listener
    expect(await codeOf(fetchDocument({ timeoutMs: 50 }))).toBe('timeout')
    expect(await codeOf(fetchDocument({}, { timeoutMs: 50 }))).toBe('timeout')
  })

  it('CM-03 a name that is never resolved is left alone after the deadline', async () => {
    const resolve = () => new Promise<never>(() => {})
    expect(await codeOf(fetchDocument({ resolve, timeoutMs: 20 }))).toBe('timeout')
  })

  it('CM-03 a caller can give up earlier', async () => {
    answer = () => {}
    expect(await codeOf(fetchDocument({}, { signal: AbortSignal.abort() }))).toBe('unreachable')
  })

  it('sends the headers it is given, by their name', async () => {
    answer = ({ headers }, response) =>
      response.end(`${headers.accept} ${headers['if-none-match']}`)
    const request = { headers: { accept: 'application/json', 'if-none-match': '"1"' } }
    expect((await fetchDocument({}, request)).body).toBe('application/json "1"')
  })
})

/** Attacks by way of client metadata documents (CM), and on the server that fetches them (SS). */

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from 'warder/store'
import { createOutwardFetch, type OutwardFetchOptions } from '../src/protocol/outward-fetch.ts'
import {
  authorizationCode,
  authorizationServer,
  type Rig,
  type RigOptions,
  redeem,
  refresh,
} from './support/authorization-server.ts'
import {
  type Answer,
  APP,
  APP_REDIRECT,
  ask,
  DocumentHost,
  documentOf,
} from './support/document-host.ts'
import { faultyStore, type Interference, touches } from './support/faulty-store.ts'
import { expectErrorPage } from './support/pages.ts'
import { granted, outcome } from './support/requests.ts'
import { testStore } from './support/test-store.ts'

const HOUR = 3_600_000

async function hosted(options: RigOptions = {}): Promise<{ rig: Rig; host: DocumentHost }> {
  const host = new DocumentHost()
  return { rig: await authorizationServer({ ...options, outwardFetch: host.fetch }), host }
}

describe('Attacks by the URL of a client metadata document', () => {
  it.each([
    ...['http://app.test/c', 'https://app.test/c#f', 'https://app.test/c#', 'https://u@app.test/c'],
    ...['https://u:p@app.test/c', 'https://app.test/./c', 'https://app.test/a/../c'],
    ...[
      'https://app.test/%2e%2e/c',
      'https://app.test/%2E/c',
      'https://app.test',
      'https://app.test/',
    ],
    ...[
      'https://app.test//c',
      'https://app.test/a//c',
      'https://app.test/c?',
      'https://app.test:8443/c',
    ],
    ...['https://app.test:443/c', 'https://93.184.215.14/c', 'https://[2606:4700::1]/c'],
    ...['https://127.0.0.1/c', 'https://2130706433/c', 'https://0x7f.1/c', 'https://localhost/c'],
    ...[
      'https://xn--pp-yka.test/c',
      'https://äpp.test/c',
      'https://APP.test/c',
      'HTTPS://app.test/c',
    ],
    ...[
      'https://app.test./c',
      'https://app.test\\c',
      'https://app.test/c d',
      'https://app.test/c\n',
    ],
    ...[
      'https:/app.test/c',
      'https:app.test/c',
      'https://app.test/%00',
      'https://app.test/c%0d%0a',
    ],
    `https://app.test/${'c'.repeat(2048)}`,
  ])('CM-01 %s is refused and not fetched, at every endpoint', async (clientId) => {
    const { rig, host } = await hosted()
    await expectErrorPage(await ask(rig, clientId))
    const form = {
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: 'x',
      token: 'x',
    }
    for (const path of ['/token', '/revoke']) {
      expect(await outcome(await rig.post(path, form))).toMatch(/^40[01] invalid_(request|client)$/)
    }
    expect(host.requests).toEqual([])
  })

  it('CM-11 no id that is made here, by chance or by an administrator, is a URL', async () => {
    const rig = await authorizationServer()
    const metadata = { client_name: 'X', redirect_uris: ['https://x.test/cb'] }
    for (let i = 0; i < 20; i++) {
      const id = await rig.register({ ...metadata, client_name: `X ${i}` })
      expect(id).toMatch(/^dyn_[\w-]{22}$/)
    }
    for (const id of ['https://app.test/c', 'HTTPS://app.test/c', 'http://localhost/c']) {
      await expect(rig.clients.add({ id, metadata, resources: null })).rejects.toMatchObject({
        code: 'invalid_client_metadata',
      })
    }
    expect((await rig.clients.add({ metadata, resources: null })).client.id).not.toContain(':')
  })
})

describe('Attacks by what answers for a client metadata document', () => {
  const answers: readonly [string, Answer][] = [
    ...[301, 302, 303, 307, 308].map((status): [string, Answer] => [
      `${status}`,
      { status, headers: { location: 'https://evil.test/client.json' } },
    ]),
    ...[204, 206, 304, 404, 500].map((status): [string, Answer] => [`${status}`, { status }]),
    ['a page', { headers: { 'content-type': 'text/html' } }],
    ['no type', { headers: { 'content-type': '' } }],
    ['no JSON', { body: '{' }],
    ['JSON that names a member twice', { body: `{"client_id":"${APP}","client_id":"${APP}"}` }],
    ['a list', { body: '[]' }],
    ['null', { body: 'null' }],
    ['a secret', { body: JSON.stringify(documentOf(APP, { client_secret: 'x' })) }],
    [
      'a script to be sent to',
      { body: JSON.stringify(documentOf(APP, { redirect_uris: ['javascript:x'] })) },
    ],
  ]

  it.each(answers)(
    'CM-03 %s: refused with a page, kept nowhere, asked again',
    async (_, answer) => {
      const { rig, host } = await hosted()
      host.answer = answer
      await expectErrorPage(await ask(rig))
      await expectErrorPage(await ask(rig))
      expect(host.requests.map(({ url }) => url)).toEqual([APP, APP])
      expect(await rig.store.list('clientDocuments', {}, { limit: 10 })).toEqual([])
    },
  )

  it.each(answers.filter(([name]) => name !== '500'))(
    'CM-03 %s: whoever was known by a good document is refused at the token endpoint, by its error',
    async (_, answer) => {
      const { rig, host } = await hosted()
      await ask(rig)
      rig.platform.advance(HOUR)
      host.answer = answer
      expect(await outcome(await refresh(rig, 'x', { client_id: APP }))).toMatch(
        /^40[01] invalid_client$/,
      )
      expect(host.requests).toHaveLength(2)
    },
  )

  it.each<[string, Answer]>([
    ['with another ETag', { status: 304, headers: { etag: '"v2"' } }],
    ['with an ETag in capitals', { status: 304, headers: { etag: '"V1"' } }],
  ])('CM-09 a 304 %s does not make the copy good for longer', async (_, answer) => {
    const { rig, host } = await hosted()
    host.answer = { headers: { etag: '"v1"', 'cache-control': 'max-age=60' } }
    await ask(rig)
    rig.platform.advance(HOUR)
    host.answer = answer
    await expectErrorPage(await ask(rig))
  })

  it('CM-09 a 304 that nobody asked for does not make the copy good for longer', async () => {
    const { rig, host } = await hosted()
    host.answer = { headers: { 'cache-control': 'max-age=60' } }
    await ask(rig)
    rig.platform.advance(HOUR)
    host.answer = { status: 304 }
    await expectErrorPage(await ask(rig))
    expect(host.requests[1]?.headers.has('if-none-match')).toBe(false)
  })

  it('CM-09 a weak ETag is compared weakly', async () => {
    const { rig, host } = await hosted()
    host.answer = { headers: { etag: '"v1"', 'cache-control': 'max-age=60' } }
    await ask(rig)
    rig.platform.advance(HOUR)
    host.answer = { status: 304, headers: { etag: 'W/"v1"' } }
    expect((await ask(rig)).status).toBe(303)
  })

  it('CM-09 an error in between leaves the copy as it was, to be validated later', async () => {
    const { rig, host } = await hosted()
    host.answer = { headers: { etag: '"v1"', 'cache-control': 'max-age=60' } }
    await ask(rig)
    rig.platform.advance(HOUR)
    host.answer = { headers: { 'content-type': 'text/html', etag: '"error page"' } }
    await expectErrorPage(await ask(rig))
    host.answer = { status: 304, headers: { etag: '"v1"' } }
    expect((await ask(rig)).status).toBe(303)
    expect(host.requests[2]?.headers.get('if-none-match')).toBe('"v1"')
  })

  it('TK-22 a store that fails is not blamed on the client', async () => {
    const between: Interference = {}
    const { rig } = await hosted({ store: faultyStore(await testStore(), between) })
    between.write = (next, changes) =>
      touches(changes, 'clientDocuments') ? Promise.reject(new StoreUnavailable()) : next()
    expect((await ask(rig)).status).toBe(503)
  })

  it('CM-08 endpoints that come after an authorization fetch and keep nothing for strangers', async () => {
    const { rig, host } = await hosted()
    const before = (await rig.store.list('events', {}, { limit: 1_000 })).length
    for (let i = 0; i < 50; i++) {
      const client_id = `https://app.test/stranger-${i}`
      expect(await outcome(await refresh(rig, 'x', { client_id }))).toBe('401 invalid_client')
      const answer = await rig.post('/revoke', { client_id, token: 'x' })
      expect(await outcome(answer)).toBe('401 invalid_client')
    }
    expect(host.requests).toEqual([])
    expect(await rig.store.list('clientDocuments', {}, { limit: 10 })).toEqual([])
    expect(await rig.store.list('events', {}, { limit: 1_000 })).toHaveLength(before)
  })
})

describe('Attacks by the number of client metadata documents', () => {
  const settings = { limits: { authorize: 1_000_000 } }
  const never = new Promise(() => {})

  /** Lets what is under way go on until something has happened. */
  async function until(happened: () => boolean): Promise<void> {
    while (!happened()) await new Promise(setImmediate)
  }

  it('CM-08 a thousand requests at once for one client are one fetch', async () => {
    const { rig, host } = await hosted({ settings })
    let open: (() => void) | undefined
    host.delay = new Promise<void>((resolve) => {
      open = resolve
    })
    let answered = 0
    const asking = Array.from({ length: 1000 }, async () => {
      const { status } = await ask(rig)
      answered++
      return status
    })
    await until(() => host.requests.length > 0)
    expect(answered).toBe(0)
    open?.()
    expect(new Set(await Promise.all(asking))).toEqual(new Set([303]))
    expect(host.requests).toHaveLength(1)
  })

  it('CM-08 hundreds of slow hosts: a bounded number of fetches, and 503 for the others', async () => {
    const { rig, host } = await hosted({ settings })
    host.delay = never
    let refused = 0
    for (let i = 0; i < 500; i++) {
      void ask(rig, `https://host${i}.test/c`).then(({ status }) => {
        if (status === 503) refused++
      })
    }
    await until(() => refused + host.requests.length === 500)
    expect(host.requests).toHaveLength(32)
  })

  it('CM-08 one slow host with many clients does not hold up the clients of others', async () => {
    const { rig, host } = await hosted({ settings })
    host.delay = never
    let refused = 0
    for (let i = 0; i < 1000; i++) {
      void ask(rig, `https://slow.test/client-${i}`).then(() => {
        refused++
      })
    }
    await until(() => refused + host.requests.length === 1000)
    expect(host.requests).toHaveLength(8)
    host.delay = undefined
    expect((await ask(rig)).status).toBe(303)
  })

  it('CM-08 while too many are fetched, those who are known go on with what is known', async () => {
    const { rig, host } = await hosted({ settings })
    const app = { client_id: APP, redirect_uri: APP_REDIRECT }
    const given = await granted(await redeem(rig, await authorizationCode(rig, app), app))
    rig.platform.advance(HOUR)
    host.delay = never
    host.requests.length = 0
    for (let i = 0; i < 100; i++) void ask(rig, `https://host${i}.test/c`)
    await until(() => host.requests.length === 32)
    const { refresh_token = '' } = given
    await granted(await refresh(rig, refresh_token, { client_id: APP }))
  })
})

describe('Attacks on the fetch of client metadata documents', () => {
  const PUBLIC = '93.184.215.14'
  const seen: string[] = []
  let answer: RequestListener = (_, response) => response.end()
  let server: Server

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.headers.host}${request.url}`)
      answer(request, response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  /** The real fetch, in a network where every connection ends at the server above. */
  async function networked(options: OutwardFetchOptions = {}) {
    seen.length = 0
    const connected: string[] = []
    const connector: OutwardFetchOptions['connector'] = () => (target, callback) => {
      connected.push(target.hostname)
      const { port } = server.address() as AddressInfo
      const socket: Socket = connect(port, '127.0.0.1', () => callback(null, socket))
      Object.defineProperty(socket, 'remoteAddress', { value: PUBLIC })
    }
    const resolve = async () => [PUBLIC]
    const outwardFetch = createOutwardFetch({ resolve, connector, ...options })
    return { rig: await authorizationServer({ outwardFetch }), connected }
  }

  const json = { 'content-type': 'application/json' }

  /** A document of exactly so many bytes. */
  const ofSize = (bytes: number) => {
    const text = JSON.stringify(documentOf(APP, { padding: '' }))
    return JSON.stringify(documentOf(APP, { padding: ' '.repeat(bytes - text.length) }))
  }

  it('CM-03 a document of 5 kB is read, one of a byte more is not', async () => {
    const { rig } = await networked()
    answer = (_, response) => response.writeHead(200, json).end(ofSize(5121))
    await expectErrorPage(await ask(rig))
    answer = (_, response) => response.writeHead(200, json).end(ofSize(5120))
    expect((await ask(rig)).status).toBe(303)
  })

  it('CM-03 a redirect is not followed, nor does it leave anything behind', async () => {
    const { rig } = await networked()
    answer = (_, response) => response.writeHead(302, { location: 'https://app.test/other' }).end()
    await expectErrorPage(await ask(rig))
    expect(seen).toEqual(['GET app.test/client.json'])
  })

  it.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254'],
    ...[
      '0.0.0.0',
      '192.0.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::',
      'fe80::1',
    ],
    ...['fc00::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:0:a9fe:a9fe', '::7f00:1'],
    ...[
      '64:ff9b::7f00:1',
      '64:ff9b:1::a9fe:a9fe',
      '2002:a9fe:a9fe::1',
      '2606:4700::5efe:192.168.1.1',
    ],
    ...['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'fe80::1%eth0'],
  ])(
    'SS-01 SS-02 a client_id whose name is at %s is refused before anything is connected',
    async (address) => {
      const { rig, connected } = await networked({ resolve: async () => [address] })
      await expectErrorPage(await ask(rig))
      expect(await outcome(await refresh(rig, 'x', { client_id: APP }))).toBe('401 invalid_client')
      expect(connected).toEqual([])
    },
  )

  it('SS-03 a name with a public and a private address is refused', async () => {
    const { rig, connected } = await networked({ resolve: async () => [PUBLIC, '10.0.0.1'] })
    await expectErrorPage(await ask(rig))
    expect(connected).toEqual([])
  })

  it('SS-07 what is inside cannot be told from what is not there; only the operator is told', async () => {
    const shown = async (options: OutwardFetchOptions) => {
      const { rig } = await networked(options)
      const page = (await (await ask(rig)).text())
        .replaceAll(/nonce[-="A-Za-z0-9+/_]*/g, '')
        .replaceAll(rig.events.at(-1)?.correlationId ?? '', '')
      const { correlation_id: _, ...body } = await (
        await refresh(rig, 'x', { client_id: APP })
      ).json()
      return { page, body, events: JSON.stringify(rig.events) }
    }
    const inside = await shown({ resolve: async () => ['10.1.2.3'] })
    const nowhere = await shown({ resolve: () => Promise.reject(new Error('ENOTFOUND')) })
    expect(inside.body).toEqual(nowhere.body)
    expect(inside.page).toBe(nowhere.page)
    expect(inside.page + JSON.stringify(inside.body)).not.toContain('10.1.2.3')
    expect(inside.events).toContain('10.1.2.3')
    expect(nowhere.events).toContain('ENOTFOUND')
  })
})

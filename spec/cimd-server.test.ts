import { describe, expect, it } from 'vitest'
import { anotherServer } from './support/another-server.ts'
import {
  authorizationCode,
  authorizationParameters,
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
import { wordsOf } from './support/pages.ts'
import { granted, outcome } from './support/requests.ts'
import { testStore } from './support/test-store.ts'

const HOUR = 3_600_000
const app = { client_id: APP, redirect_uri: APP_REDIRECT }

/** A server and the host of one application. */
async function hosted(options: RigOptions = {}): Promise<{ rig: Rig; host: DocumentHost }> {
  const host = new DocumentHost()
  return { rig: await authorizationServer({ ...options, outwardFetch: host.fetch }), host }
}

/** The tokens of a sign-in for the application. */
async function appTokens(rig: Rig) {
  const { refresh_token = '' } = await granted(
    await redeem(rig, await authorizationCode(rig, app), app),
  )
  return refresh_token
}

const refreshApp = (rig: Rig, token: string) => refresh(rig, token, { client_id: APP })

describe('draft-ietf-oauth-client-id-metadata-document-00 §4: discovery', () => {
  it('the whole way: a client that nobody registered signs its user in', async () => {
    const { rig, host } = await hosted()
    await granted(await refreshApp(rig, await appTokens(rig)))
    expect(host.requests[0]?.url).toBe(APP)
    expect(host.requests[0]?.headers.get('accept')).toBe('application/json')
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'application/cimd+json'])(
    '§4 MUST be JSON: %s is',
    async (type) => {
      const { rig, host } = await hosted()
      host.answer = { headers: { 'content-type': type } }
      expect((await ask(rig)).status).toBe(303)
    },
  )

  it.each(['text/html', 'text/plain', 'application/jsonp', 'application/octet-stream', ''])(
    '§4 MUST be JSON: “%s” is not',
    async (type) => {
      const { rig, host } = await hosted()
      host.answer = { headers: { 'content-type': type } }
      expect((await ask(rig)).status).toBe(400)
    },
  )

  it('§4.1 the document MUST name itself as the client', async () => {
    const { rig, host } = await hosted()
    host.answer = { body: JSON.stringify(documentOf('https://app.test/other.json')) }
    expect((await ask(rig)).status).toBe(400)
  })
})

describe('draft-ietf-oauth-client-id-metadata-document-00 §4.4: caching', () => {
  /** How many of three requests, an hour apart, reached the host. */
  async function fetches(headers: Answer['headers'] = {}, apart = HOUR): Promise<number> {
    const { rig, host } = await hosted()
    host.answer = { headers }
    for (let i = 0; i < 3; i++) {
      expect((await ask(rig)).status).toBe(303)
      rig.platform.advance(apart)
    }
    return host.requests.length
  }

  it.each([
    ['max-age', { 'cache-control': 'public, max-age=86400' }, 1],
    ['max-age that is over', { 'cache-control': 'max-age=3599' }, 3],
    ['max-age less the Age', { 'cache-control': 'max-age=7200', age: '7200' }, 3],
    ['no-store', { 'cache-control': 'no-store' }, 3],
    ['no-store beside max-age', { 'cache-control': 'max-age=86400, No-Store' }, 3],
    ['no-cache', { 'cache-control': 'no-cache' }, 3],
    ['Expires', { expires: 'Fri, 02 Jan 2026 00:00:00 GMT' }, 1],
    [
      'Expires, by the host’s own Date',
      { date: 'Mon, 01 Jan 2024 00:00:00 GMT', expires: 'Mon, 01 Jan 2024 12:00:00 GMT' },
      1,
    ],
    [
      'max-age before Expires',
      { 'cache-control': 'max-age=60', expires: 'Fri, 02 Jan 2026 00:00:00 GMT' },
      3,
    ],
    ['Expires that is no date', { expires: '0' }, 3],
  ])('SHOULD respect the cache headers: %s', async (_, headers, expected) => {
    expect(await fetches(headers)).toBe(expected)
  })

  it('MAY define its own bounds: unsaid, a copy is fresh for minutes, and a day at the longest', async () => {
    expect(await fetches({}, 60_000)).toBe(1)
    expect(await fetches({}, HOUR)).toBe(3)
    expect(await fetches({ 'cache-control': 'max-age=31536000' }, 25 * HOUR)).toBe(3)
  })

  it('RFC 9111 §4.3 an old copy is validated by its ETag, and good for longer after a 304', async () => {
    const { rig, host } = await hosted()
    host.answer = { headers: { 'cache-control': 'max-age=60', etag: '"v1"' } }
    await ask(rig)
    rig.platform.advance(HOUR)
    host.answer = {
      status: 304,
      headers: { 'cache-control': 'max-age=7200', etag: '"v1"' },
      body: '',
    }
    expect((await ask(rig)).status).toBe(303)
    expect(host.requests[1]?.headers.get('if-none-match')).toBe('"v1"')
    rig.platform.advance(HOUR)
    expect((await ask(rig)).status).toBe(303)
    expect(host.requests).toHaveLength(2)
  })

  it('RFC 9111 §5.2.2.5 no-store: nothing of the document is kept', async () => {
    const { rig, host } = await hosted()
    await ask(rig)
    expect(await rig.store.list('clientDocuments', {}, { limit: 10 })).toHaveLength(1)
    rig.platform.advance(HOUR)
    host.answer = { headers: { 'cache-control': 'no-store' } }
    expect((await ask(rig)).status).toBe(303)
    expect(await rig.store.list('clientDocuments', {}, { limit: 10 })).toEqual([])
  })

  it.each<[string, Answer | 'away']>([
    ['404', { status: 404 }],
    ['500', { status: 500 }],
    ['a host that is away', 'away'],
    ['a document that is not valid', { body: '{}' }],
  ])('MUST NOT cache errors: after %s the next request asks again', async (_, answer) => {
    const { rig, host } = await hosted()
    host.answer = answer
    expect((await ask(rig)).status).toBe(400)
    expect(await rig.store.list('clientDocuments', {}, { limit: 10 })).toEqual([])
    host.answer = {}
    expect((await ask(rig)).status).toBe(303)
  })
})

describe('A client metadata document whose host is away', () => {
  const away: readonly [string, Answer | 'away'][] = [
    ['cannot be reached', 'away'],
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['answers 429', { status: 429 }],
  ]

  it.each(away)(
    'the copy serves for a day from the last fetch, when the host %s',
    async (_, answer) => {
      const { rig, host } = await hosted()
      await ask(rig)
      host.answer = answer
      rig.platform.advance(24 * HOUR - 1)
      expect((await ask(rig)).status).toBe(303)
      rig.platform.advance(1)
      expect((await ask(rig)).status).toBe(400)
    },
  )

  it.each(away)('a refresh goes on while there is a copy, when the host %s', async (_, answer) => {
    const { rig, host } = await hosted()
    const token = await appTokens(rig)
    host.answer = answer
    rig.platform.advance(24 * HOUR - 1)
    await granted(await refreshApp(rig, token))
  })

  it.each(away)(
    'a refresh without a copy is told to try again, and loses nothing, when the host %s',
    async (_, answer) => {
      const { rig, host } = await hosted()
      const token = await appTokens(rig)
      host.answer = answer
      rig.platform.advance(24 * HOUR)
      const refused = await refreshApp(rig, token)
      expect(refused.headers.get('retry-after')).not.toBeNull()
      // Clients throw their tokens away at invalid_client.
      expect(await outcome(refused)).toBe('503 temporarily_unavailable')
      host.answer = {}
      await granted(await refreshApp(rig, token))
    },
  )

  it.each<[string, Answer]>([
    ['404', { status: 404 }],
    ['410', { status: 410 }],
    ['a redirect', { status: 301, headers: { location: 'https://app.test/new.json' } }],
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<p>gone</p>' }],
    ['another client', { body: JSON.stringify(documentOf('https://app.test/other.json')) }],
  ])('is not away if it answers %s: the copy is over and so is the client', async (_, answer) => {
    const { rig, host } = await hosted()
    const token = await appTokens(rig)
    rig.platform.advance(HOUR)
    host.answer = answer
    expect((await ask(rig)).status).toBe(400)
    expect(await outcome(await refreshApp(rig, token))).toMatch(/ invalid_client$/)
  })

  it('no-store leaves no copy to serve', async () => {
    const { rig, host } = await hosted()
    host.answer = { headers: { 'cache-control': 'no-store' } }
    await ask(rig)
    host.answer = 'away'
    expect((await ask(rig)).status).toBe(400)
  })
})

describe('The policy for hosts of client metadata documents', () => {
  const withPolicy = (hosts: object, others = 'ask') =>
    hosted({ settings: { clientDocuments: { hosts, others } } })

  it('deny: refused without a fetch, at every endpoint', async () => {
    const { rig, host } = await withPolicy({ 'app.test': 'deny' })
    expect((await ask(rig)).status).toBe(400)
    expect(await outcome(await refreshApp(rig, 'x'))).toBe('401 invalid_client')
    const form = { client_id: APP, token: 'x' }
    expect(await outcome(await rig.post('/revoke', form))).toBe('401 invalid_client')
    expect(host.requests).toEqual([])
  })

  it('deny for all others: only the named hosts', async () => {
    const { rig, host } = await withPolicy({ 'app.test': 'allow' }, 'deny')
    expect((await ask(rig)).status).toBe(303)
    for (const other of [
      'https://other.test/c',
      'https://sub.app.test/c',
      'https://constructor/c',
    ]) {
      expect((await ask(rig, other)).status).toBe(400)
    }
    expect(host.requests.map(({ url }) => url)).toEqual([APP])
  })

  it.each([
    ['allow', false],
    ['ask', true],
  ])('%s: the consent page says “unverified”: %s', async (policy, unverified) => {
    const { rig } = await withPolicy({ 'app.test': policy })
    const browser = rig.browser()
    const login = await browser.start(await authorizationParameters(app))
    const consent = wordsOf(await (await browser.signIn(login)).response.text())
    expect(consent).toContain('app.test')
    expect(/unverified/i.test(consent)).toBe(unverified)
  })

  it('a host that is denied today ends what was granted yesterday', async () => {
    const store = await testStore()
    const { rig } = await hosted({ store })
    const token = await appTokens(rig)
    const today = await anotherServer(rig, {
      settings: { clientDocuments: { hosts: { 'app.test': 'deny' } } },
    })
    expect(await outcome(await refreshApp(today, token))).toBe('400 unauthorized_client')
  })

  it('switched off, a client_id that is a URL is nobody’s, and nothing is fetched', async () => {
    const { rig, host } = await hosted({ settings: { clientDocuments: { enabled: false } } })
    expect((await ask(rig)).status).toBe(400)
    expect(await outcome(await refreshApp(rig, 'x'))).toBe('401 invalid_client')
    expect(host.requests).toEqual([])
  })
})

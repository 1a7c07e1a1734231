/** What looks like an attack is told of with what was seen, what was done and how to undo it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEVICE_COOKIE } from 'warder/accounts'
import { signals } from '../src/journal/signals/index.ts'
import { type Whole, wholeWarder } from './support/whole-warder.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const scopes = { 'notes:read': 'read' }
const server = { url: 'http://127.0.0.1:9/mcp', tools: { '*': ['notes:read'] }, scopes }
const whole = (settings: object = {}) =>
  wholeWarder({ mcp: { notes: server, other: server }, ...settings }, (close) =>
    closing.push(close),
  )

/** The signals that were raised, each with what was seen. */
const raised = ({ told }: Whole) =>
  told('signal.raised').map(({ signal, value, limit }) => ({ signal, value, limit }))

describe('Every signal', () => {
  it.each(signals.map((each) => [each.id, each]))(
    '%s says what is done and how it is undone',
    (_, each) => {
      expect(each.action).toMatch(/\.$|ID$/)
      expect(each.undo).not.toBe('')
    },
  )

  it('is told of once each, kept in the log, and under the flow that it is about', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const location = await all.browser().authorize(await all.request(clientId))
    await all.redeem(clientId, location)
    await all.redeem(clientId, location)
    const [replayed] = all.told('code.replayed')
    expect(all.told('signal.raised')).toMatchObject([
      {
        ...{ signal: 'SIG-2', value: 2, limit: 1, clientId },
        correlationId: replayed?.correlationId,
        action: expect.stringContaining('revoked'),
        undo: expect.stringContaining('signs in again'),
      },
    ])
    await all.warder.audit.flush()
    const rows = await all.warder.store.list('events', { type: 'signal.raised' }, { limit: 9 })
    expect(rows).toHaveLength(1)
  })
})

describe('SIG-1 a refresh token that was used before', () => {
  it('revokes its family and is told of', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const location = await all.browser().authorize(await all.request(clientId))
    const { refresh_token } = await (await all.redeem(clientId, location)).json()
    const refresh = () =>
      all.token({ grant_type: 'refresh_token', client_id: clientId, refresh_token })
    const next = await (await refresh()).json()
    all.platform.advance(60_000)
    await refresh()
    expect(raised(all)).toEqual([{ signal: 'SIG-1', value: 1, limit: 1 }])
    const after = await all.token({
      ...{ grant_type: 'refresh_token', client_id: clientId },
      refresh_token: next.refresh_token,
    })
    expect(after.status).toBe(400)
  })
})

describe('SIG-2 an authorization code', () => {
  it('that another client presents is told of, and stays good for its own', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const thief = await all.register('https://evil.test/cb')
    const location = await all.browser().authorize(await all.request(clientId))
    expect((await all.redeem(thief, location)).status).toBe(400)
    expect(raised(all)).toEqual([{ signal: 'SIG-2', value: 1, limit: 0 }])
    expect((await all.redeem(clientId, location)).status).toBe(200)
  })
})

describe('SIG-6 many accounts that fail from one network', () => {
  let all: Whole
  beforeEach(async () => {
    all = await whole({ audit: { signals: { sprayedAccounts: 3 } } })
  })

  const attempt = async (
    username: string,
    address: string,
    password = 'wrong',
    browser = all.browser(),
  ) => {
    browser.address = address
    const clientId = await all.register('https://app.test/cb')
    const at = await browser.start(await all.request(clientId))
    await browser.signIn(at, username, password)
    return all.events.findLast(({ type }) => type.startsWith('login.'))
  }
  const spray = async (network = '198.51.100') => {
    for (const i of [1, 2, 3]) await attempt(`user${i}@example.com`, `${network}.${i}`)
  }

  it('make strangers there wait, and nobody elsewhere', async () => {
    await spray()
    expect(raised(all)).toEqual([{ signal: 'SIG-6', value: 3, limit: 3 }])
    const held = { type: 'login.throttled', rule: 'login.spraying/1', wait: 900 }
    expect(
      await attempt('alice@example.com', '198.51.100.77', 'correct horse battery staple'),
    ).toMatchObject(held)
    expect(
      await attempt('alice@example.com', '198.51.101.1', 'correct horse battery staple'),
    ).toMatchObject({ type: 'login.succeeded' })
    all.platform.advance(901_000)
    expect(
      await attempt('bob@example.com', '198.51.100.77', 'correct horse battery staple'),
    ).toMatchObject({ type: 'login.succeeded' })
    expect(raised(all)).toHaveLength(1)
  })

  it('do not lock out devices that signed in before', async () => {
    const browser = all.browser()
    await attempt('alice@example.com', '198.51.100.9', 'correct horse battery staple', browser)
    await spray()
    for (const name of browser.cookies.keys()) {
      if (name !== DEVICE_COOKIE) browser.cookies.delete(name)
    }
    const again = await attempt(
      'alice@example.com',
      '198.51.100.9',
      'correct horse battery staple',
      browser,
    )
    expect(again).toMatchObject({ type: 'login.succeeded' })
  })

  it('are not people who mistype and then sign in, one account that fails often, or a long time', async () => {
    for (const name of ['alice', 'bob', 'carol']) {
      await attempt(`${name}@example.com`, '203.0.113.1')
      await attempt(`${name}@example.com`, '203.0.113.1', 'correct horse battery staple')
    }
    for (const _ of [1, 2, 3, 4]) await attempt('nobody@example.com', '203.0.113.2')
    all.platform.advance(601_000)
    await attempt('someone@example.com', '203.0.113.3')
    await attempt('else@example.com', '203.0.113.4')
    expect(raised(all)).toEqual([])
  })
})

describe('SIG-8 a new client that many users allow', () => {
  const allow = async (all: Whole, clientId: string, name: string, changes = {}) => {
    const browser = all.browser()
    const at = await browser.signIn(
      await browser.start(await all.request(clientId, changes)),
      `${name}@example.com`,
    )
    if (at.response.status !== 200) return { status: at.response.status, at, browser }
    const answer = await browser.press(at, 'approve')
    return { status: answer.status, at, browser }
  }

  it('is held from others, who are told why, until an administrator vouches for it', async () => {
    const all = await whole({ server: { consent: { usersOfNewClient: 1 } } })
    const clientId = await all.register('https://app.test/cb')
    expect((await allow(all, clientId, 'alice')).status).toBe(303)
    expect((await allow(all, clientId, 'bob')).status).toBe(303)
    const held = await allow(all, clientId, 'carol')
    expect(held.status).toBe(403)
    expect(await held.at.response.text()).toContain('An administrator has to look at it first.')
    expect(all.told('consent.held')).toMatchObject([
      { clientId, rule: 'consent.held/1', value: 2, limit: 1 },
    ])
    expect(raised(all)).toEqual([{ signal: 'SIG-8', value: 2, limit: 1 }])
    // Pressing a button that was not shown does not help.
    const forced = await held.browser.submit('', held.at.url, { fields: { action: 'approve' } })
    expect(forced.headers.get('location')).toBeNull()
    // Who allowed it before is not held up.
    const again = await all.browser().authorize(await all.request(clientId), 'alice@example.com')
    expect(again).toContain('code=')

    await all.warder.clients.verify(clientId)
    const { response } = await held.browser.open(held.at.url)
    expect(await response.text()).toContain('value="approve"')
    await allow(all, clientId, 'carol')
    expect(raised(all)).toHaveLength(1)
  })

  it('is not one that is older than a day, or whose answers stay on the user’s own computer', async () => {
    const all = await whole({
      server: { consent: { usersOfNewClient: 1 }, registration: { unusedFor: 2_592_000 } },
    })
    const clientId = await all.register('https://app.test/cb')
    await allow(all, clientId, 'alice')
    await allow(all, clientId, 'bob')
    all.platform.advance(86_400_000)
    expect((await allow(all, clientId, 'carol')).status).toBe(303)
    const program = await all.register('http://127.0.0.1/cb')
    const redirect_uri = 'http://127.0.0.1:50000/cb'
    for (const name of ['alice', 'bob', 'carol']) {
      expect((await allow(all, program, name, { redirect_uri })).status).toBe(303)
    }
    expect(raised(all)).toEqual([])
  })
})

describe('SIG-12 errors that are redirected more often than codes', () => {
  it('are shown and not redirected from then on, for an hour or until the client is vouched for', async () => {
    const all = await whole({ audit: { signals: { errorRedirects: 3 } } })
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    await browser.authorize(await all.request(clientId))
    const fail = async () => {
      const { response } = await browser.start(await all.request(clientId, { scope: 'no:such' }))
      return response.status
    }
    expect([await fail(), await fail(), await fail()]).toEqual([303, 303, 303])
    expect(raised(all)).toEqual([{ signal: 'SIG-12', value: 3, limit: 3 }])
    expect(await fail()).toBe(400)
    // What it is allowed to do it can still do.
    expect(await browser.authorize(await all.request(clientId))).toContain('code=')
    expect(all.told('authorization.refused').map(({ answered }) => answered)).toEqual([
      'redirect',
      'redirect',
      'redirect',
      'page',
    ])
    await all.warder.clients.verify(clientId)
    expect(await fail()).toBe(303)
  })

  it('are no signal while the client succeeds at least as often', async () => {
    const all = await whole({ audit: { signals: { errorRedirects: 3 } } })
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    for (const _ of [1, 2, 3]) await browser.authorize(await all.request(clientId))
    for (const _ of [1, 2, 3])
      await browser.start(await all.request(clientId, { scope: 'no:such' }))
    expect(raised(all)).toEqual([])
  })
})

describe('SIG-13 tokens that are not for here', () => {
  it('are told of when they are many, once in five minutes', async () => {
    const all = await whole({ audit: { signals: { misroutedTokens: 3 } } })
    const clientId = await all.register('https://app.test/cb')
    const location = await all.browser().authorize(await all.request(clientId))
    const { access_token } = await (await all.redeem(clientId, location)).json()
    const headers = { authorization: `Bearer ${access_token}` }
    const send = (bearer = headers) =>
      all.warder.fetch(
        new Request('http://localhost:4000/mcp/other', { method: 'POST', headers: bearer }),
      )
    await send({ authorization: 'Bearer nonsense' })
    for (const _ of [1, 2]) expect((await send()).status).toBe(401)
    expect(raised(all)).toEqual([])
    for (const _ of [1, 2]) await send()
    expect(raised(all)).toEqual([{ signal: 'SIG-13', value: 3, limit: 3 }])
    expect(all.told('guard.refused').at(-1)).toMatchObject({ rule: 'token.audience/1' })
    all.platform.advance(301_000)
    for (const _ of [1, 2, 3]) await send()
    expect(raised(all)).toHaveLength(2)
  })
})

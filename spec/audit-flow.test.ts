/** What the audit log says of one flow, and that it can be followed from one end to the other. */

import { afterEach, describe, expect, it } from 'vitest'
import { modernServer } from 'warder/testing'
import { call, listening, modernHeaders, modernMessage } from './fixtures/gateway.ts'
import { ISSUER, type Whole, wholeWarder } from './support/whole-warder.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function whole(settings: object = {}): Promise<Whole> {
  const { url } = await listening(modernServer())
  const tools = { '*': ['notes:read'], write: ['notes:write'] }
  const mcp = { notes: { url, tools, scopes: { 'notes:read': 'read', 'notes:write': 'write' } } }
  return wholeWarder({ mcp, ...settings }, (close) => closing.push(close))
}

/** Everything that the store keeps of a flow, in its order. */
async function kept({ warder }: Whole, correlationId: string) {
  await warder.audit.flush()
  const rows = await warder.store.list('events', { correlationId }, { limit: 100 })
  return rows.map(({ event }) => event)
}

describe('One flow in the audit log', () => {
  it('has one correlation id from the authorization request over the tokens to the tool call', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    const location = await browser.authorize(await all.request(clientId))
    const tokens = await (await all.redeem(clientId, location)).json()
    const refreshed = await all.token({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens.refresh_token,
    })
    const { access_token } = await refreshed.json()
    const use = async (tool: string) => {
      const message = modernMessage(call(tool))
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${access_token}`,
        ...modernHeaders(message),
      }
      const body = JSON.stringify(message)
      const request = new Request(`${ISSUER}/mcp/notes`, { method: 'POST', headers, body })
      return (await all.warder.fetch(request)).status
    }
    expect([await use('read'), await use('write')]).toEqual([200, 403])
    await all.token({
      grant_type: 'refresh_token',
      client_id: 'another',
      refresh_token: tokens.refresh_token,
    })

    const { correlationId = '' } = all.told('consent.granted')[0] ?? {}
    const flow = await kept(all, correlationId)
    expect(flow.map(({ type }) => type)).toEqual([
      'login.succeeded',
      'consent.granted',
      'code.issued',
      'code.redeemed',
      'token.issued',
      'token.rotated',
      'token.issued',
      'tool.called',
      'guard.refused',
      'tool.refused',
    ])
    expect(await all.warder.audit.verify()).toMatchObject({ breaks: [], unsealed: 0 })
  })

  it('is named by the answer that refuses to go on with it', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    const at = await browser.signIn(await browser.start(await all.request(clientId)))
    const { correlationId = '' } = all.told('login.succeeded')[0] ?? {}
    const forged = await browser.submit('', at.url, { fields: { action: 'approve', csrf: 'x' } })
    expect(await forged.text()).toContain(correlationId)
    expect((await kept(all, correlationId)).at(-1)).toMatchObject({
      type: 'request.refused',
      error: 'access_denied',
    })
    const location = await browser.authorize(await all.request(clientId))
    await all.redeem(clientId, location)
    const replay = await (await all.redeem(clientId, location)).json()
    expect((await kept(all, replay.correlation_id)).map(({ type }) => type)).toEqual([
      'consent.granted',
      'code.issued',
      'code.redeemed',
      'token.issued',
      'code.replayed',
      'signal.raised',
      'token.refused',
    ])
  })

  it('is not named to a stranger who holds a part of it', async () => {
    const all = await whole()
    const [clientId, other] = [
      await all.register('https://app.test/cb'),
      await all.register('https://evil.test/cb'),
    ]
    const location = await all.browser().authorize(await all.request(clientId))
    const stolen = await (await all.redeem(other, location)).json()
    const [misused] = all.told('code.misused')
    expect(misused).toMatchObject({ clientId: other, owner: clientId, rule: 'code.owner/1' })
    expect(stolen.correlation_id).not.toBe(misused?.correlationId)
  })
})

describe('A decision in the audit log names its rule and what that looked at', () => {
  it('sign-in: too many failures of one account', async () => {
    const all = await whole({ accounts: { throttle: { free: 1 } } })
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    const at = await browser.start(await all.request(clientId))
    for (const _ of [1, 2]) await browser.signIn(at, 'alice@example.com', 'wrong')
    expect(all.told('login.throttled')).toMatchObject([
      { rule: 'login.account/1', limit: 1, wait: 1 },
    ])
    const [failed] = all.told('login.failed')
    // The same account has the same mark, and the name that was typed is not in it.
    expect(all.told('login.throttled')[0]?.account).toBe(failed?.account)
    expect(JSON.stringify(all.events)).not.toContain('alice')
  })

  it('a refresh token that was used before, its age and the grace', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const location = await all.browser().authorize(await all.request(clientId))
    const { refresh_token } = await (await all.redeem(clientId, location)).json()
    const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token }
    await all.token(form)
    await all.token(form)
    all.platform.advance(11_000)
    await all.token(form)
    const rule = { rule: 'refresh.reuse/1', value: 1, limit: 1, within: 10 }
    expect(all.told('token.retried')).toMatchObject([{ ...rule, age: 0 }])
    expect(all.told('token.reused')).toMatchObject([{ ...rule, age: 11 }])
  })

  it('consent: asked for, and remembered', async () => {
    const all = await whole()
    const clientId = await all.register('https://app.test/cb')
    const browser = all.browser()
    for (const _ of [1, 2]) await browser.authorize(await all.request(clientId))
    expect(all.told('consent.granted')).toMatchObject([{ rule: 'consent.asked/1' }])
    expect(all.told('code.issued').map(({ rule }) => rule)).toEqual([
      undefined,
      'consent.remembered/1',
    ])
  })
})

describe('The audit log at the front of a server', () => {
  it('FT-45 requests are answered 503 while what they do could not be recorded, if told to', async () => {
    const all = await whole({ audit: { whenDown: 'block' } })
    const ask = (path: string, method = 'POST') =>
      all.warder.fetch(new Request(`${ISSUER}${path}`, { method }))
    expect((await ask('/token')).status).toBe(400)
    await all.warder.store.close()
    await all.warder.audit.flush()
    const refused = await ask('/token')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect((await ask('/mcp/notes')).status).toBe(503)
    const told = all.events.length
    expect((await ask('/.well-known/oauth-authorization-server', 'GET')).status).toBe(200)
    expect(all.events).toHaveLength(told)
  })

  it('FT-45 requests go on otherwise, as far as they can without a store', async () => {
    const all = await whole()
    await all.warder.store.close()
    await all.warder.audit.flush()
    const request = new Request(`${ISSUER}/token`, { method: 'POST' })
    expect((await all.warder.fetch(request)).status).toBe(400)
  })
})

import { describe, expect, it } from 'vitest'
import { isRevoked } from 'warder/server'
import {
  authorizationCode,
  authorizationServer,
  claims,
  MCP,
  type Rig,
  redeem,
  refresh,
} from './support/authorization-server.ts'

/** Adds a public client that registered for codes only, as RFC 7591 has it by default. */
const withoutRefresh = (rig: Rig) =>
  rig.clients.add({
    id: 'codes-only',
    resources: null,
    metadata: {
      client_name: 'Codes only',
      redirect_uris: ['https://spa.test/cb'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    },
  })

const revoked = (rig: Rig, token: string) => {
  const { jti, sid, client_id, iat } = claims(token)
  const said = { jti: String(jti), client_id: String(client_id), iat: Number(iat) }
  return isRevoked(sid === undefined ? said : { ...said, sid: String(sid) }, rig.store)
}

describe('Attacks on revocation: what was given ends with whoever gave it', () => {
  for (const clientId of ['pub', 'codes-only']) {
    it.each(['setDisabled', 'remove'] as const)(
      `LG-10 ${clientId}: %s ends the access token`,
      async (change) => {
        const rig = await authorizationServer()
        await withoutRefresh(rig)
        const code = await authorizationCode(rig, { client_id: clientId })
        const given = await (await redeem(rig, code, { client_id: clientId })).json()
        expect(given.refresh_token === undefined).toBe(clientId === 'codes-only')
        expect(await revoked(rig, given.access_token)).toBe(false)
        const { sub } = claims(given.access_token)
        if (change === 'remove') await rig.accounts.remove(String(sub))
        else await rig.accounts.setDisabled(String(sub), true)
        expect(await revoked(rig, given.access_token)).toBe(true)
      },
    )

    it(`UI-11 ${clientId}: removing the client ends the access token`, async () => {
      const rig = await authorizationServer()
      await withoutRefresh(rig)
      const code = await authorizationCode(rig, { client_id: clientId })
      const given = await (await redeem(rig, code, { client_id: clientId })).json()
      await rig.clients.remove(clientId)
      expect(await revoked(rig, given.access_token)).toBe(true)
    })
  }

  it('UI-11 removing a client ends what it got for itself; added again, it starts anew', async () => {
    const rig = await authorizationServer()
    const credentials = { grant_type: 'client_credentials', client_id: 'svc', resource: MCP }
    const ask = async (client_secret: string) =>
      (await rig.post('/token', { ...credentials, client_secret })).json()
    const before = await ask(rig.secrets.svc)
    expect(await revoked(rig, before.access_token)).toBe(false)
    await rig.clients.remove('svc')
    expect(await revoked(rig, before.access_token)).toBe(true)
    rig.platform.advance(1_000)
    const { secret } = await rig.clients.add({
      id: 'svc',
      resources: null,
      metadata: {
        client_name: 'svc',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    })
    const after = await ask(secret?.reveal('testing') ?? '')
    expect(await revoked(rig, after.access_token)).toBe(false)
  })

  it('TK-01 a code that comes again long after still revokes what it gave', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await (await redeem(rig, code)).json()
    rig.platform.advance(86_400_000)
    await rig.store.sweep(rig.platform.now(), 1_000)
    expect((await redeem(rig, code)).status).toBe(400)
    expect(rig.events.map(({ type }) => type)).toContain('code.replayed')
    expect((await refresh(rig, given.refresh_token)).status).toBe(400)
  })

  it('an access token whose family was swept away is taken for revoked', async () => {
    const rig = await authorizationServer()
    const given = await (await redeem(rig, await authorizationCode(rig))).json()
    rig.platform.advance(366 * 86_400_000)
    await rig.store.sweep(rig.platform.now(), 1_000)
    expect(await revoked(rig, given.access_token)).toBe(true)
  })

  it('UI-11 what was granted to a client that is a document is taken back by its URL', async () => {
    const clientId = 'https://app.test/client.json'
    const redirect_uri = 'https://app.test/cb'
    const document = { client_id: clientId, client_name: 'App', redirect_uris: [redirect_uri] }
    const rig = await authorizationServer({
      documents: () => ({ status: 200, body: JSON.stringify(document) }),
    })
    const code = await authorizationCode(rig, { client_id: clientId, redirect_uri })
    const given = await (await redeem(rig, code, { client_id: clientId, redirect_uri })).json()
    expect(await revoked(rig, given.access_token)).toBe(false)
    expect(await rig.clients.remove(clientId)).toBe(true)
    expect(await revoked(rig, given.access_token)).toBe(true)
  })

  it('lists every client, however many there are', async () => {
    const rig = await authorizationServer()
    const before = (await rig.clients.list()).length
    const metadata = { client_name: 'One of many', redirect_uris: ['https://a.test/cb'] }
    for (let i = 0; i < 1_100; i++) await rig.clients.add({ metadata, resources: null })
    expect(await rig.clients.list()).toHaveLength(before + 1_100)
  })
})

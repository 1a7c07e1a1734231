import { describe, expect, it } from 'vitest'
import {
  API,
  authorizationCode,
  authorizationServer,
  basic,
  claims,
  MCP,
  type Rig,
  refresh,
  tokens,
  VERIFIER,
} from './support/authorization-server.ts'
import { granted, outcome } from './support/requests.ts'

/** The refresh token of a sign-in for `web`, which has a secret. */
async function webToken(rig: Rig): Promise<string> {
  const redirect_uri = 'https://web.test/cb'
  const code = await authorizationCode(rig, { client_id: 'web', redirect_uri })
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER }
  const headers = basic('web', rig.secrets.web)
  return (await granted(await rig.post('/token', form, headers))).refresh_token ?? ''
}

const refreshWeb = (rig: Rig, refresh_token: string, headers: Record<string, string>) =>
  rig.post('/token', { grant_type: 'refresh_token', refresh_token }, headers)

describe('RFC 6749 §6 Refreshing an access token', () => {
  it('gives a new access token for the same user, client, resource and scope', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig, { scope: 'notes:read notes:write' })
    rig.platform.advance(600_000)
    const second = await granted(await refresh(rig, first.refresh_token))
    expect(second).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'notes:read notes:write',
    })
    const { iat, exp, jti, ...same } = claims(second.access_token)
    expect(claims(first.access_token)).toMatchObject(same)
    expect(jti).not.toBe(claims(first.access_token).jti)
    expect([iat, exp]).toEqual([rig.platform.now() / 1000, rig.platform.now() / 1000 + 900])
  })

  it.each(['grant_type', 'refresh_token'])('%s is REQUIRED', async (name) => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    expect(await outcome(await refresh(rig, refresh_token, { [name]: '' }))).toBe(
      '400 invalid_request',
    )
  })

  it('MUST require authentication of a client that has credentials, and lose nothing by it', async () => {
    const rig = await authorizationServer()
    const token = await webToken(rig)
    expect(await outcome(await refreshWeb(rig, token, basic('web', 'wrong')))).toBe(
      '401 invalid_client',
    )
    expect(await outcome(await refresh(rig, token, { client_id: 'web' }))).toBe(
      '401 invalid_client',
    )
    await granted(await refreshWeb(rig, token, basic('web', rig.secrets.web)))
  })

  it('MUST ensure that the token was issued to the authenticated client', async () => {
    const rig = await authorizationServer()
    expect(await outcome(await refresh(rig, await webToken(rig)))).toBe('400 invalid_grant')
  })

  it('MUST validate the refresh token', async () => {
    const rig = await authorizationServer()
    expect(await outcome(await refresh(rig, 'wrt_of_nobody'))).toBe('400 invalid_grant')
  })

  it('the scope MUST NOT include any that was not granted', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig, { scope: 'notes:read' })
    for (const scope of ['notes:write', 'notes:read notes:write', 'openid', 'offline_access']) {
      expect(await outcome(await refresh(rig, refresh_token, { scope }))).toBe('400 invalid_scope')
    }
    await granted(await refresh(rig, refresh_token, { scope: 'notes:read' }))
  })

  it('a narrower scope is for the access token alone: the new refresh token has the scope of the old', async () => {
    const rig = await authorizationServer()
    const wide = 'notes:read notes:write'
    const first = await tokens(rig, { scope: wide })
    const narrow = await granted(await refresh(rig, first.refresh_token, { scope: 'notes:read' }))
    expect(narrow.scope).toBe('notes:read')
    expect(claims(narrow.access_token).scope).toBe('notes:read')
    const again = await granted(await refresh(rig, narrow.refresh_token ?? '', { scope: wide }))
    expect(again.scope).toBe(wide)
  })

  it('if a new refresh token is issued, the client MUST replace the old one: each use issues one', async () => {
    const rig = await authorizationServer()
    const seen = new Set<string>()
    let token = (await tokens(rig)).refresh_token
    for (let i = 0; i < 5; i++) {
      seen.add(token)
      token = (await granted(await refresh(rig, token))).refresh_token ?? ''
    }
    expect(seen.size).toBe(5)
  })

  it('RFC 8707 §2.2 a refresh may name the resource it is for, and no other', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    for (const resource of [API, 'https://x.test/', `${MCP}#x`]) {
      expect(await outcome(await refresh(rig, refresh_token, { resource }))).toBe(
        '400 invalid_target',
      )
    }
    const given = await granted(await refresh(rig, refresh_token, { resource: MCP }))
    expect(claims(given.access_token).aud).toBe(MCP)
  })
})

describe('RFC 6749 §10.4 and RFC 9700 §4.14.2 Refresh tokens', () => {
  it('MUST be bound to the client they were issued to', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    expect(await outcome(await refresh(rig, refresh_token, { client_id: 'evil' }))).toBe(
      '400 invalid_grant',
    )
    await granted(await refresh(rig, refresh_token))
  })

  it('rotation: an old token that comes again revokes the active one', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const next = (await granted(await refresh(rig, refresh_token))).refresh_token ?? ''
    rig.platform.advance(60_000)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, next))).toBe('400 invalid_grant')
  })

  it('SHOULD expire if the client was inactive for some time', async () => {
    const ttl = { refreshTokenIdle: 3600 }
    const rig = await authorizationServer({ settings: { ttl } })
    const { refresh_token } = await tokens(rig)
    rig.platform.advance(3_599_999)
    const used = (await granted(await refresh(rig, refresh_token))).refresh_token ?? ''
    rig.platform.advance(3_599_999)
    const again = (await granted(await refresh(rig, used))).refresh_token ?? ''
    rig.platform.advance(3_600_000)
    expect(await outcome(await refresh(rig, again))).toBe('400 invalid_grant')
  })

  it('MAY be revoked at any time: a removed client, a removed or a disabled user', async () => {
    const rig = await authorizationServer()
    const user = await rig.accounts.findByEmail('alice@example.com')
    const { refresh_token } = await tokens(rig)
    await rig.accounts.setDisabled(user?.id ?? '', true)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
    await rig.accounts.setDisabled(user?.id ?? '', false)
    await rig.clients.remove('pub')
    expect(await outcome(await refresh(rig, refresh_token))).toBe('401 invalid_client')
    const web = await webToken(rig)
    await rig.accounts.remove(user?.id ?? '')
    const headers = basic('web', rig.secrets.web)
    expect(await outcome(await refreshWeb(rig, web, headers))).toBe('400 invalid_grant')
  })
})

import { describe, expect, it } from 'vitest'
import { createGuard, type Guard } from 'warder/guard'
import { isRevoked } from 'warder/server'
import { anotherServer } from './support/another-server.ts'
import {
  authorizationServer,
  ISSUER,
  MCP,
  type Rig,
  tokens,
} from './support/authorization-server.ts'

/** A guard in the server's own process, whose clock may be behind by half a minute. */
const guardOf = ({ keys, store, platform }: Rig): Guard =>
  createGuard({
    issuer: ISSUER,
    resource: MCP,
    keys: { jwks: async () => ({ keys: [...keys.jwks().keys] }) },
    isRevoked: (claims) => isRevoked(claims, store),
    platform,
  })

/** The status a resource answers a token with; 200 if it lets the request in. */
async function status(rig: Rig, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await guardOf(rig).check(new Request(MCP, { headers }))
  return answer instanceof Response ? answer.status : 200
}

const revoke = (rig: Rig, token: string, form: Record<string, string> = {}) =>
  rig.post('/revoke', { client_id: 'pub', token, ...form })

describe('RFC 7009 §2.1 Revocation request: for as long as the token could be used', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'by its %s: a guard whose clock is behind does not take it again once the row was swept',
    async (kind) => {
      const rig = await authorizationServer()
      const given = await tokens(rig)
      await revoke(rig, given[kind])
      rig.platform.advance(given.expires_in * 1000 + 20_000)
      await rig.store.sweep(rig.platform.now(), 1000)
      expect(await status(rig, given.access_token)).toBe(401)
    },
  )

  it('an access token that a guard still takes after its end can still be revoked', async () => {
    const rig = await authorizationServer()
    const { access_token, expires_in } = await tokens(rig)
    rig.platform.advance(expires_in * 1000 + 20_000)
    expect(await status(rig, access_token)).toBe(200)
    await revoke(rig, access_token)
    expect(await status(rig, access_token)).toBe(401)
  })

  it('a token of yesterday’s settings, when they gave it a longer life than they would today', async () => {
    const rig = await authorizationServer({ settings: { ttl: { accessToken: 86_400 } } })
    const { access_token, refresh_token } = await tokens(rig)
    const today = await anotherServer(rig, { settings: { ttl: { accessToken: 900 } } })
    await revoke(today, refresh_token)
    rig.platform.advance(3_600_000)
    await rig.store.sweep(rig.platform.now(), 1000)
    expect(await status(rig, access_token)).toBe(401)
  })
})

/** Attacks on refresh tokens (RT): reuse, races, revocation in between, and rights that went away. */

import { describe, expect, it } from 'vitest'
import { update } from 'warder/store'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  claims,
  MCP,
  type Rig,
  redeem,
  refresh,
  resources,
  tokens,
} from './support/authorization-server.ts'
import { granted, outcome } from './support/requests.ts'

/** The tokens of the administrator, who alone may grant `notes:admin`. */
async function adminTokens(rig: Rig) {
  const wanted = await authorizationParameters({ scope: 'notes:read notes:admin' })
  const location = await rig.browser().authorize(wanted, 'admin@example.com')
  const code = new URL(location).searchParams.get('code') ?? ''
  const { refresh_token = '', scope } = await granted(await redeem(rig, code))
  expect(scope).toBe('notes:read notes:admin')
  return refresh_token
}

/** Takes every role from the administrator. */
async function demote(rig: Rig) {
  const user = await rig.store.find('users', { email: 'admin@example.com' })
  await rig.store.write([update('users', { id: user?.id ?? '' }, { roles: [] })])
}

describe('Attacks on refresh: what went away since the user allowed it', () => {
  it('1.27-1 scope: a role that was taken away takes its scopes out of the next token', async () => {
    const rig = await authorizationServer()
    const token = await adminTokens(rig)
    await demote(rig)
    const refreshed = await granted(await refresh(rig, token))
    expect(refreshed.scope).toBe('notes:read')
    expect(claims(refreshed.access_token)).toMatchObject({ scope: 'notes:read' })
    expect(claims(refreshed.access_token)).not.toHaveProperty('roles')
  })

  it('1.27-1 scope: asking for nothing but what went away is refused, and the token is still good', async () => {
    const rig = await authorizationServer()
    const token = await adminTokens(rig)
    await demote(rig)
    expect(await outcome(await refresh(rig, token, { scope: 'notes:admin' }))).toBe(
      '400 invalid_scope',
    )
    await granted(await refresh(rig, token))
  })

  it('1.27-1 scope: a role taken away between code and token takes its scopes too', async () => {
    const rig = await authorizationServer()
    const wanted = await authorizationParameters({ scope: 'notes:read notes:admin' })
    const location = await rig.browser().authorize(wanted, 'admin@example.com')
    await demote(rig)
    const code = new URL(location).searchParams.get('code') ?? ''
    expect((await granted(await redeem(rig, code))).scope).toBe('notes:read')
  })

  it('1.27-1 resource: no token for a resource that is no longer served', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const left = resources.filter(({ resource }) => resource !== MCP)
    const without = await anotherServer(rig, { resources: left })
    expect(await outcome(await refresh(without, refresh_token))).toBe('400 invalid_target')
    const code = await authorizationCode(rig, { resource: API, scope: 'bills:read' })
    await granted(await redeem(without, code))
    // It may come back; the grant was not lost.
    await granted(await refresh(rig, refresh_token))
  })
})

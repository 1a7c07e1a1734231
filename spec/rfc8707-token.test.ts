import { describe, expect, it } from 'vitest'
import {
  API,
  authorizationCode,
  authorizationServer,
  claims,
  MCP,
  type Rig,
  redeem,
  refresh,
  tokens,
} from './support/authorization-server.ts'
import { granted, outcome } from './support/requests.ts'

/** Asks as `svc`, for some resources. */
const ask = (rig: Rig, ...resource: string[]) =>
  rig.post('/token', [
    ['grant_type', 'client_credentials'],
    ['client_id', 'svc'],
    ['client_secret', rig.secrets.svc],
    ...resource.map((each): [string, string] => ['resource', each]),
  ])

describe('RFC 8707 §2.2 Access token request', () => {
  it('the token is for the resource of the authorization, named again or not', async () => {
    const rig = await authorizationServer()
    for (const resource of ['', MCP]) {
      const given = await granted(await redeem(rig, await authorizationCode(rig), { resource }))
      expect(claims(given.access_token).aud).toBe(MCP)
      const next = await granted(await refresh(rig, given.refresh_token ?? '', { resource }))
      expect(claims(next.access_token).aud).toBe(MCP)
    }
  })

  it('a resource that was not granted: invalid_target, and neither code nor token is lost', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { resource: API }))).toBe('400 invalid_target')
    const { refresh_token = '' } = await granted(await redeem(rig, code))
    expect(await outcome(await refresh(rig, refresh_token, { resource: API }))).toBe(
      '400 invalid_target',
    )
    await granted(await refresh(rig, refresh_token))
  })

  it('several resources of which one was not granted are refused as a whole', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    const form: [string, string][] = [
      ['grant_type', 'refresh_token'],
      ['client_id', 'pub'],
      ['refresh_token', refresh_token],
      ['resource', MCP],
    ]
    expect(await outcome(await rig.post('/token', [...form, ['resource', API]]))).toBe(
      '400 invalid_target',
    )
    await granted(await rig.post('/token', [...form, ['resource', MCP]]))
  })

  it.each([
    ['unknown', 'https://other.test/'],
    ['no absolute URI', '/mcp'],
    ['with a fragment', `${MCP}#part`],
    ['with an empty fragment', `${MCP}#`],
    ['with a user name', 'https://user@mcp.test/mcp'],
    ['of another scheme', 'urn:mcp'],
    ['a part of a known one', 'https://mcp.test/'],
    ['a known one and more', `${MCP}/more`],
    ['a known one with a query', `${MCP}?x=1`],
    ['a known one at another port', 'https://mcp.test:8443/mcp'],
    ['a known one over http', 'http://mcp.test/mcp'],
    ['a known one in another case', 'https://mcp.test/MCP'],
    ['of 100 kB less a little', `https://mcp.test/${'x'.repeat(40_000)}`],
  ])('a resource that is %s: invalid_target', async (_, resource) => {
    expect(await outcome(await ask(await authorizationServer(), resource))).toBe(
      '400 invalid_target',
    )
  })

  it('a client that asks for itself must say for which, where there are several', async () => {
    const rig = await authorizationServer()
    expect(await outcome(await ask(rig))).toBe('400 invalid_target')
    expect(await outcome(await ask(rig, MCP, API))).toBe('400 invalid_target')
    expect(claims((await granted(await ask(rig, API))).access_token).aud).toBe(API)
  })

  it('a client that is held to some resources gets tokens for no other', async () => {
    const rig = await authorizationServer()
    const { secret } = await rig.clients.add({
      id: 'held',
      resources: [API],
      metadata: {
        client_name: 'Held',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    })
    const form = {
      grant_type: 'client_credentials',
      client_id: 'held',
      client_secret: secret?.reveal('testing') ?? '',
    }
    expect(await outcome(await rig.post('/token', { ...form, resource: MCP }))).toBe(
      '400 invalid_target',
    )
    const given = await granted(await rig.post('/token', form))
    expect(claims(given.access_token).aud).toBe(API)
  })

  it('a scope of one resource is none of another', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'client_credentials', client_id: 'svc', resource: API }
    const secret = { client_secret: rig.secrets.svc }
    const response = await rig.post('/token', { ...form, ...secret, scope: 'notes:read' })
    expect(await outcome(response)).toBe('400 invalid_scope')
  })
})

/** The client and the authorization server of Warder, with nothing between them but requests. */

import { describe, expect, it } from 'vitest'
import {
  type ClientAuthentication,
  type ClientOptions,
  clientCredentials,
  clientSecret,
  clientSecretPost,
  createClient,
} from 'warder/client'
import { authorizationServer, ISSUER, MCP, type Rig } from './support/authorization-server.ts'
import { parametersOf } from './support/client-world.ts'
import { manualTimers } from './support/manual-timers.ts'

const clientOf = (rig: Rig, options: Partial<ClientOptions> = {}) =>
  createClient({
    ...{ issuer: ISSUER, resource: MCP, clientId: 'pub', redirectUri: 'https://spa.test/cb' },
    scope: ['notes:read'],
    platform: rig.platform,
    fetch: (input, init) =>
      rig.server.fetch(new Request(input, init), { remoteAddress: '192.0.2.1' }),
    ...options,
  })

async function signIn(rig: Rig, client: ReturnType<typeof clientOf>) {
  const { url, pending } = await client.begin()
  const back = await rig.browser().authorize(parametersOf(url))
  return client.finish(back, pending)
}

describe('warder/client at warder/server', () => {
  it('signs in, renews through a day without one sign-in more, and signs out', async () => {
    const rig = await authorizationServer()
    const client = clientOf(rig)
    const { grant } = await signIn(rig, client)
    expect(grant.scopes).toContain('notes:read')
    const tokens = new Set<string>()
    for (let hour = 0; hour < 24; hour += 1) {
      rig.platform.advance(3_600_000)
      const both = await Promise.all([client.token(), client.token()])
      for (const token of both) tokens.add(token)
    }
    expect(tokens.size).toBe(24)
    expect(await client.logout()).toEqual({ revoked: true })
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })

  it('signs in with an ID token', async () => {
    const rig = await authorizationServer()
    const client = clientOf(rig, { scope: ['openid', 'notes:read'] })
    const { claims } = await signIn(rig, client)
    expect(claims).toMatchObject({ iss: ISSUER, aud: 'pub' })
  })

  it('is told when the user says no', async () => {
    const rig = await authorizationServer()
    const client = clientOf(rig)
    const { url, pending } = await client.begin()
    const browser = rig.browser()
    const page = await browser.signIn(await browser.start(parametersOf(url)))
    const answer = await browser.press(page, 'deny')
    const back = answer.headers.get('location') ?? ''
    await expect(client.finish(back, pending)).rejects.toMatchObject({ code: 'refused' })
  })

  it('registers where it is not known', async () => {
    const rig = await authorizationServer()
    const client = clientOf(rig, {
      clientId: undefined as never,
      registration: { clientName: 'Notes app' },
      redirectUri: 'http://127.0.0.1:4321/cb',
    })
    const { url } = await client.begin()
    expect(parametersOf(url).client_id).not.toBe('pub')
    const { response } = await rig.browser().start(parametersOf(url))
    expect(response.status).toBe(200)
  })

  it('gets tokens for itself, with the secret sent as it is registered', async () => {
    const rig = await authorizationServer()
    const service = (clientAuth: ClientAuthentication) =>
      clientOf(rig, { clientId: 'svc', flow: clientCredentials(), clientAuth })
    expect(await service(clientSecretPost(rig.secrets.svc)).token()).toMatch(/^eyJ/)
    const error = { code: 'client_refused', serverCode: 'invalid_client' }
    for (const wrong of [clientSecret(rig.secrets.svc), clientSecretPost('wrong')]) {
      await expect(service(wrong).token()).rejects.toMatchObject(error)
    }
  })

  it('waits for a code that is typed in elsewhere', async () => {
    const rig = await authorizationServer({ settings: { device: { enabled: true } } })
    const grants = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
    await rig.clients.add({
      id: 'tv',
      resources: null,
      metadata: {
        client_name: 'tv',
        grant_types: grants,
        token_endpoint_auth_method: 'none',
      },
    })
    const timers = manualTimers()
    const client = clientOf(rig, { clientId: 'tv', timers })
    const device = await client.beginDevice()
    expect(device.verificationUri.startsWith(ISSUER)).toBe(true)
    const finished = device.finish()
    const browser = rig.browser()
    const entry = await browser.signIn(await browser.open(device.verificationUri))
    const fields = { user_code: device.userCode }
    const response = await browser.press(entry, 'confirm', { fields })
    const location = response.headers.get('location')
    await browser.press(
      location === null ? { response, url: entry.url } : await browser.open(location),
      'approve',
    )
    await settled()
    rig.platform.advance(5_000)
    timers.pass(5_000)
    expect((await finished).grant.scopes).toContain('notes:read')
    expect(await client.token()).toMatch(/^eyJ/)
  })
})

async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

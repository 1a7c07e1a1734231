import { describe, expect, it } from 'vitest'
import {
  authorizationParameters,
  authorizationServer,
  type Rig,
} from './support/authorization-server.ts'
import {
  answerIn,
  expectAnswer,
  expectErrorAnswer,
  expectErrorPage,
  expectPage,
  wordsOf,
} from './support/pages.ts'

const nat = (redirect_uri: string) => ({ client_id: 'nat', redirect_uri })

const ask = async (rig: Rig, redirect_uri: string) =>
  (await rig.browser().start(await authorizationParameters(nat(redirect_uri)))).response

describe('RFC 8252 OAuth 2.0 for Native Apps, at the authorization endpoint', () => {
  it('§7.1 MUST support private-use URI schemes', async () => {
    const rig = await authorizationServer()
    const parameters = await authorizationParameters(nat('com.example.app:/cb'))
    const location = await rig.browser().authorize(parameters)
    expect(location).toMatch(/^com\.example\.app:\/cb\?code=wac_/)
  })

  it('§7.2 MUST support claimed https URIs, which are like any other', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://app.test/claimed'
    const client_id = await rig.register({
      client_name: 'Claims',
      redirect_uris: [redirect_uri, 'http://127.0.0.1/cb'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    })
    const location = await rig
      .browser()
      .authorize(await authorizationParameters({ client_id, redirect_uri }))
    expect(answerIn(location).target).toBe(redirect_uri)
  })

  it.each([
    ...['http://127.0.0.1/cb', 'http://127.0.0.1:1/cb', 'http://127.0.0.1:80/cb'],
    ...['http://127.0.0.1:49152/cb', 'http://127.0.0.1:65535/cb'],
  ])(
    '§7.3 MUST allow any port of a loopback redirect URI at the time of the request: %s',
    async (redirect_uri) => {
      const rig = await authorizationServer()
      const location = await rig
        .browser()
        .authorize(await authorizationParameters(nat(redirect_uri)))
      expect(answerIn(location).target).toBe(redirect_uri)
      expect(answerIn(location).parameters.has('code')).toBe(true)
    },
  )

  it.each([
    ...['http://127.0.0.1:65536/cb', 'http://127.0.0.1:0/cb', 'http://127.0.0.1:/cb'],
    ...['http://127.0.0.1:080/cb', 'http://127.0.0.1:80:80/cb', 'http://127.0.0.1:x/cb'],
    ...['http://127.0.0.1:80@evil.test/cb', 'http://127.0.0.2/cb', 'http://127.0.0.1./cb'],
    ...['http://[::1]:1/cb', 'http://[::ffff:127.0.0.1]/cb', 'http://0.0.0.0:1/cb'],
  ])('§7.3 only the port is free, and only a port: %s', async (redirect_uri) => {
    await expectErrorPage(await ask(await authorizationServer(), redirect_uri))
  })

  it('§7.3 the port of any other URI MUST NOT vary', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://spa.test:8443/cb'
    const parameters = await authorizationParameters({ redirect_uri })
    await expectErrorPage((await rig.browser().start(parameters)).response)
    await expectErrorPage(await ask(rig, 'com.example.app://x:1/cb'))
  })

  it('§8.1 MUST require PKCE of native apps', async () => {
    const rig = await authorizationServer()
    const parameters = await authorizationParameters({
      ...nat('http://127.0.0.1:50000/cb'),
      code_challenge: undefined,
    })
    expectErrorAnswer((await rig.browser().start(parameters)).response, 'invalid_request')
  })

  it('§8.3 localhost is NOT RECOMMENDED: an operator can turn it off for what is registered already', async () => {
    const on = await authorizationServer()
    expectPage(await ask(on, 'http://localhost:5000/cb'))
    const off = await authorizationServer({ settings: { registration: { localhost: false } } })
    await expectErrorPage(await ask(off, 'http://localhost:5000/cb'))
    expectPage(await ask(off, 'http://127.0.0.1:5000/cb'))
  })

  it('§8.3 localhost and 127.0.0.1 MUST NOT stand for each other', async () => {
    const rig = await authorizationServer()
    const client_id = await rig.register({
      client_name: 'Local',
      redirect_uris: ['http://localhost/cb'],
      token_endpoint_auth_method: 'none',
    })
    const parameters = { client_id, redirect_uri: 'http://127.0.0.1:1/cb' }
    await expectErrorPage(
      (await rig.browser().start(await authorizationParameters(parameters))).response,
    )
  })

  it.each(['http://127.0.0.1:50000/cb', 'http://localhost:50000/cb', 'com.example.app:/cb'])(
    '§8.6 SHOULD NOT process a request without the user, though approved before: %s',
    async (redirect_uri) => {
      const rig = await authorizationServer()
      const browser = rig.browser()
      const parameters = await authorizationParameters(nat(redirect_uri))
      await browser.authorize(parameters)
      const again = await browser.start(parameters)
      expectPage(again.response)
      expect(wordsOf(await again.response.text())).toContain('Allow access?')
      const silent = await browser.start({ ...parameters, prompt: 'none' })
      expectErrorAnswer(silent.response, 'consent_required')
    },
  )

  it('§8.6 a claimed https URI is proof enough to remember an approval', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const parameters = await authorizationParameters()
    await browser.authorize(parameters)
    const again = await browser.start({ ...parameters, prompt: 'none' })
    expect(expectAnswer(again.response).parameters.has('code')).toBe(true)
  })

  it('§8.6 an approval of the claimed https URI is none for the program on this computer', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const https = 'https://app.test/claimed'
    const client_id = await rig.register({
      client_name: 'Both',
      redirect_uris: [https, 'http://127.0.0.1/cb'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    })
    await browser.authorize(await authorizationParameters({ client_id, redirect_uri: https }))
    const local = { client_id, redirect_uri: 'http://127.0.0.1:1/cb', prompt: 'none' }
    // Nobody can tell which program listens there, so being approved there once changes nothing.
    await browser.authorize(await authorizationParameters({ ...local, prompt: undefined }))
    const silent = await browser.start(await authorizationParameters(local))
    expectErrorAnswer(silent.response, 'consent_required')
  })
})

/**
 * `openid-client` as a device, as a client that signs and as a resource server; its user at Chromium.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from './support/chromium.ts'
import { type AddedClient, Installation, type Person } from './support/installation.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

let installation: Installation
let alice: Person
let tv: AddedClient
let api: AddedClient
let signer: AddedClient
let signingKey: CryptoKey
let open: Awaited<ReturnType<typeof startChromium>>
beforeAll(async () => {
  installation = await Installation.make({
    settings: { server: { device: { enabled: true, interval: 1 } } },
  })
  alice = await installation.addUser('alice@example.com')
  const grants = ['--grant', GRANT, '--grant', 'refresh_token']
  tv = await installation.addClient('Television', '--public', ...grants)
  const resource = installation.mcp('everything')
  api = await installation.addClient('An API', '--resource-server', '--resource', resource)
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  signingKey = privateKey
  const jwks = join(installation.directory, 'signer.jwks.json')
  await writeFile(jwks, JSON.stringify(await exportJWK(publicKey)))
  const signs = ['--grant', 'client_credentials', '--jwks', jwks]
  signer = await installation.addClient('Signer', ...signs)
  await installation.start()
  open = await startChromium()
})

/** The server as a client of `openid-client` finds it. */
const configure = ({ client_id, client_secret }: AddedClient, auth?: openid.ClientAuth) =>
  openid.discovery(new URL(installation.issuer), client_id, client_secret, auth, {
    execute: [openid.allowInsecureRequests],
  })

const resourceServer = () => configure(api, openid.ClientSecretBasic(api.client_secret ?? ''))

async function signIn(page: Page, { username, password }: Person): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('button[value=login]')
}

/** Asks as the television does. */
async function ask() {
  const config = await configure(tv, openid.None())
  const parameters = { scope: 'demo:use', resource: installation.mcp('everything') }
  const device = await openid.initiateDeviceAuthorization(config, parameters)
  return { config, device }
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
] as const)('A device and its user at Chromium, %s', (_, javaScriptEnabled) => {
  it('the user signs in, types the code and presses Enter, allows it, and the device goes on', async () => {
    const { config, device } = await ask()
    const { page, complaints, origins } = await open({ javaScriptEnabled })
    const polling = openid.pollDeviceAuthorizationGrant(config, device)
    await page.goto(device.verification_uri)
    await signIn(page, alice)
    await page.fill('#user_code', 'BCDF-GHJK')
    await page.click('button[value=confirm]')
    await page.waitForSelector('#error[data-code=invalid_user_code]')
    await page.fill('#user_code', device.user_code.toLowerCase().replace('-', ' '))
    await page.press('#user_code', 'Enter')
    await page.waitForSelector('#approve')
    const text = await page.innerText('main')
    for (const fact of ['Television', 'Everything', device.user_code, alice.username]) {
      expect(text).toContain(fact)
    }
    await page.click('#approve')
    await page.waitForSelector('text=Device connected')
    const tokens = await polling
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'demo:use' })
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(refreshed.access_token).not.toBe(tokens.access_token)

    const asked = await openid.tokenIntrospection(await resourceServer(), refreshed.access_token)
    expect(asked).toMatchObject({ active: true, client_id: tv.client_id, scope: 'demo:use' })
    expect(complaints).toEqual([])
    expect([...origins]).toEqual([installation.issuer])
  })

  it('follows the link, finds the code filled in and nothing done, and turns it down', async () => {
    const { config, device } = await ask()
    const { page } = await open({ javaScriptEnabled })
    const polling = openid.pollDeviceAuthorizationGrant(config, device).catch((error) => error)
    await page.goto(device.verification_uri_complete ?? '')
    await signIn(page, alice)
    expect(await page.inputValue('#user_code')).toBe(device.user_code)
    expect(await page.innerText('main')).toContain('If somebody sent you this link')
    await page.click('button[value=confirm]')
    await page.click('button[value=deny]')
    await page.waitForSelector('text=Nothing was connected')
    expect(await polling).toMatchObject({ error: 'access_denied' })
  })
})

describe('A client that signs', () => {
  it('gets a token for itself, and an API is told of it until it is revoked', async () => {
    const config = await configure(signer, openid.PrivateKeyJwt(signingKey))
    const resource = installation.mcp('everything')
    const { access_token } = await openid.clientCredentialsGrant(config, { resource })
    const server = await resourceServer()
    const asked = await openid.tokenIntrospection(server, access_token)
    expect(asked).toMatchObject({ active: true, sub: `client:${signer.client_id}`, aud: resource })
    await openid.tokenRevocation(config, access_token)
    expect(await openid.tokenIntrospection(server, access_token)).toEqual({ active: false })
  })
})

/** A whole Warder in memory, with its audit log, in front of a small MCP server; and who uses it. */

import { randomBytes } from 'node:crypto'
import { createWarder, type Warder, type WarderEvent } from 'warder'
import { codeChallenge } from 'warder/protocol'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { Secret } from 'warder/vault'
import { Browser } from './browser.ts'
import { testStoreUrl } from './test-store.ts'

export const ISSUER = 'http://localhost:4000'
const PASSWORD = 'correct horse battery staple'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** The whole of it. */
export interface Whole {
  readonly warder: Warder
  readonly platform: FakePlatform
  /** What listeners were told. */
  readonly events: WarderEvent[]
  /** Those of a type. */
  told(type: string): readonly WarderEvent[]
  browser(address?: string): Browser
  /** Registers a client that nobody vouches for. */
  register(redirectUri: string): Promise<string>
  /** The parameters of an authorization request. */
  request(
    clientId: string,
    changes?: Readonly<Record<string, string>>,
  ): Promise<Record<string, string>>
  token(form: Readonly<Record<string, string>>): Promise<Response>
  /** Redeems the code in the address that a browser was sent to. */
  redeem(clientId: string, location: string): Promise<Response>
}

/** Makes one, with alice, bob and carol. */
export async function wholeWarder(
  settings: object,
  onClose: (close: () => unknown) => void,
): Promise<Whole> {
  const platform = fakePlatform()
  const events: WarderEvent[] = []
  const kek = randomBytes(32).toString('base64')
  const warder = await createWarder(
    {
      issuer: ISSUER,
      store: { url: await testStoreUrl() },
      vault: { kek: { env: 'KEK' } },
      ...settings,
    },
    {
      platform,
      readEnv: () => kek,
      onEvent: (event) => void events.push(event),
      upkeep: false,
    },
  )
  onClose(() => warder.close())
  for (const name of ['alice', 'bob', 'carol']) {
    await warder.accounts.add({ email: `${name}@example.com`, password: new Secret(PASSWORD) })
  }
  const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    warder.fetch(new Request(`${ISSUER}${path}`, { method: 'POST', body, headers }))
  const token: Whole['token'] = (form) => post('/token', new URLSearchParams({ ...form }))
  return {
    ...{ warder, platform, events, token },
    told: (type) => events.filter((event) => event.type === type),
    browser(address = '192.0.2.10') {
      const browser = new Browser(warder, ISSUER)
      browser.address = address
      return browser
    },
    async register(redirectUri) {
      const metadata = {
        client_name: `App at ${redirectUri}`,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      }
      const json = { 'content-type': 'application/json' }
      const answer = await post('/register', JSON.stringify(metadata), json)
      return ((await answer.json()) as { client_id: string }).client_id
    },
    request: async (client_id, changes = {}) => ({
      ...{ response_type: 'code', client_id, state: 's', code_challenge_method: 'S256' },
      code_challenge: await codeChallenge(VERIFIER),
      resource: `${ISSUER}/mcp/notes`,
      scope: 'notes:read',
      redirect_uri: 'https://app.test/cb',
      ...changes,
    }),
    redeem(client_id, location) {
      const url = new URL(location)
      return token({
        ...{ grant_type: 'authorization_code', client_id, code_verifier: VERIFIER },
        code: url.searchParams.get('code') ?? '',
        redirect_uri: `${url.origin}${url.pathname}`,
      })
    },
  }
}

/**
 * An authorization server in this process, with the people, clients and resources that tests speak of,
 * and a browser that keeps cookies. No port, no clock but the test's.
 */

import { type Accounts, createAccounts } from 'warder/accounts'
import type { Limits } from 'warder/limits'
import { codeChallenge } from 'warder/protocol'
import {
  type AuthorizationServer,
  type ClientAdministration,
  clientAdministration,
  createAuthorizationServer,
  loadSigningKeys,
  type SigningKeys,
  serverSettings,
} from 'warder/server'
import { observedStore, type Store } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { createVault, Secret, type Vault } from 'warder/vault'
import type { WarderEvent } from '../../src/events.ts'
import type { OutwardFetch } from '../../src/protocol/outward-fetch.ts'
import type { ProtectedResource } from '../../src/protocol/protected-resource.ts'
import { cheapSettings } from '../fixtures/people.ts'
import { Browser } from './browser.ts'
import { testStore } from './test-store.ts'

export const ISSUER = 'https://as.test'
export const MCP = 'https://mcp.test/mcp'
export const API = 'https://api.test/'
export const PASSWORD = 'correct horse battery staple'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

export const resources: readonly ProtectedResource[] = [
  {
    resource: MCP,
    name: 'Notes',
    scopes: [
      { scope: 'notes:read', description: 'read your notes', risk: 'read' },
      { scope: 'notes:write', description: 'change your notes', risk: 'change' },
      { scope: 'notes:admin', description: 'manage all notes', risk: 'delete', roles: ['admin'] },
    ],
    baseline: ['notes:read'],
  },
  {
    resource: API,
    name: 'Billing',
    scopes: [{ scope: 'bills:read', description: 'read your bills', risk: 'read' }],
    baseline: ['bills:read'],
  },
]

export interface RigOptions {
  /** Another issuer than {@link ISSUER}. */
  readonly issuer?: string
  readonly settings?: unknown
  /** Others than {@link resources}. */
  readonly resources?: readonly ProtectedResource[]
  readonly store?: Store
  readonly platform?: FakePlatform
  /** What requests are counted in, if not in the process. */
  readonly limits?: Limits
  /** The way out for client metadata documents, where {@link documents} does not say enough. */
  readonly outwardFetch?: OutwardFetch
  /** Answers the fetch of client metadata documents, by URL. */
  readonly documents?: (url: string) => {
    status: number
    headers?: Record<string, string>
    body?: string
  }
}

export interface Rig {
  readonly server: AuthorizationServer
  readonly platform: FakePlatform
  readonly store: Store
  readonly vault: Vault
  readonly accounts: Accounts
  readonly clients: ClientAdministration
  readonly keys: SigningKeys
  readonly events: WarderEvent[]
  /** What was fetched from outside. */
  readonly fetched: string[]
  /** Secrets of the confidential clients. */
  readonly secrets: { readonly web: string; readonly svc: string }
  browser(): Browser
  /** POSTs a form to an endpoint, without cookies. */
  post(path: string, form: Form, headers?: Record<string, string>): Promise<Response>
  /** Registers a client that nobody vouches for, and gives its id. */
  register(metadata: Readonly<Record<string, unknown>>): Promise<string>
}

/** A form's fields; a list of pairs where a name comes twice. */
export type Form = Readonly<Record<string, string>> | [string, string][]

/** `web` (confidential), `pub`, `nat` (loopback), `evil` (someone else's), `svc` (client credentials). */
export async function authorizationServer(options: RigOptions = {}): Promise<Rig> {
  const { issuer = ISSUER } = options
  const platform = options.platform ?? fakePlatform()
  const limits = options.limits === undefined ? {} : { limits: options.limits }
  const vault = createVault(new Secret(new Uint8Array(32).fill(7)))
  const events: WarderEvent[] = []
  const onEvent = (event: WarderEvent) => void events.push(event)
  const store = observedStore(options.store ?? (await testStore()), onEvent)
  const accounts = createAccounts({
    store,
    vault,
    platform,
    settings: cheapSettings(),
    ...limits,
    onEvent,
  })
  const clients = clientAdministration({ store, vault, platform, allowLocalhost: true, onEvent })
  const settings = serverSettings.parse(options.settings ?? {})
  const keys = await loadSigningKeys({ store, vault, platform, settings })
  const fetched: string[] = []
  const server = createAuthorizationServer({
    issuer,
    settings,
    resources: options.resources ?? resources,
    store,
    vault,
    accounts,
    keys,
    platform,
    ...limits,
    onEvent,
    outwardFetch: async (url, request) => {
      fetched.push(url)
      if (options.outwardFetch !== undefined) return options.outwardFetch(url, request)
      const answer = options.documents?.(url) ?? { status: 404 }
      const headers = { 'content-type': 'application/json', ...answer.headers }
      return { status: answer.status, headers: new Headers(headers), body: answer.body ?? '' }
    },
  })
  const secrets = await addFixtures(accounts, clients)
  const post = (path: string, body: BodyInit, headers: Record<string, string>) =>
    server.fetch(new Request(`${issuer}${path}`, { method: 'POST', body, headers }), {
      remoteAddress: '192.0.2.1',
    })
  return {
    ...{ server, platform, store, vault, accounts, clients, keys, events, fetched, secrets },
    browser: () => new Browser(server, issuer),
    post: (path, form, headers = {}) => post(path, new URLSearchParams(form), headers),
    async register(metadata) {
      const json = { 'content-type': 'application/json' }
      const response = await post('/register', JSON.stringify(metadata), json)
      if (response.status !== 201) throw new Error(await response.text())
      return ((await response.json()) as { client_id: string }).client_id
    },
  }
}

async function addFixtures(accounts: Accounts, clients: ClientAdministration) {
  const password = new Secret(PASSWORD)
  await accounts.add({ email: 'alice@example.com', password })
  await accounts.add({ email: 'bob@example.com', password })
  await accounts.add({ email: 'admin@example.com', password, roles: ['admin'] })
  const grant_types = ['authorization_code', 'refresh_token']
  const add = (id: string, metadata: Record<string, unknown>) =>
    clients.add({ id, resources: null, metadata: { client_name: id, grant_types, ...metadata } })
  const web = await add('web', {
    redirect_uris: ['https://web.test/cb', 'https://web.test/cb2'],
    token_endpoint_auth_method: 'client_secret_basic',
  })
  await add('pub', { redirect_uris: ['https://spa.test/cb'], token_endpoint_auth_method: 'none' })
  await add('nat', {
    redirect_uris: ['http://127.0.0.1/cb', 'http://localhost/cb', 'com.example.app:/cb'],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  })
  await add('evil', { redirect_uris: ['https://evil.test/cb'], token_endpoint_auth_method: 'none' })
  const svc = await add('svc', {
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const shown = ({ secret }: typeof web) => secret?.reveal('testing') ?? ''
  return { web: shown(web), svc: shown(svc) }
}

/** The parameters of a good authorization request for `pub`; spread and change them. */
export async function authorizationParameters(
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Record<string, string>> {
  const parameters: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: 'pub',
    redirect_uri: 'https://spa.test/cb',
    scope: 'notes:read',
    resource: MCP,
    state: 'a state',
    code_challenge: await codeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    ...changes,
  }
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

/** Basic credentials as RFC 6749 §2.3.1 has them. */
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
})

/** Signs in, allows, and gives the code that came back. */
export async function authorizationCode(
  rig: Rig,
  changes: Readonly<Record<string, string | undefined>> = {},
  browser = rig.browser(),
): Promise<string> {
  const location = await browser.authorize(await authorizationParameters(changes))
  const code = new URL(location).searchParams.get('code')
  if (code === null) throw new Error(`No code came back: ${location}`)
  return code
}

/** Redeems a code for `pub`. */
export const redeem = (rig: Rig, code: string, changes: Readonly<Record<string, string>> = {}) =>
  rig.post('/token', {
    grant_type: 'authorization_code',
    client_id: 'pub',
    redirect_uri: 'https://spa.test/cb',
    code,
    code_verifier: VERIFIER,
    ...changes,
  })

/** Refreshes for `pub`. */
export const refresh = (rig: Rig, token: string, changes: Readonly<Record<string, string>> = {}) =>
  rig.post('/token', {
    grant_type: 'refresh_token',
    client_id: 'pub',
    refresh_token: token,
    ...changes,
  })

export interface TokenResponse {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly error?: string
}

/** The tokens of a fresh sign-in for `pub`. */
export async function tokens(
  rig: Rig,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<TokenResponse & { readonly refresh_token: string }> {
  const response = await redeem(rig, await authorizationCode(rig, changes))
  if (response.status !== 200) throw new Error(`No tokens: ${await response.text()}`)
  return response.json()
}

/** The claims of a JWT, unverified: only for looking at what was issued. */
export function claims(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

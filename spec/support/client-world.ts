/**
 * The world as a client meets it: an authorization server and an API that answer what a test wants, and
 * a record of everything that left the client.
 */

import { type ClientOptions, createClient } from 'warder/client'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { manualTimers } from './manual-timers.ts'

export const AS = 'https://as.test'
export const EVIL = 'https://as2.test'
export const MCP = 'https://mcp.test/mcp'
export const CALLBACK = 'http://127.0.0.1:8765/cb'

/** A request as it left. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  readonly form: URLSearchParams
}

export type Answer = (sent: Sent) => Response | Promise<Response>

export type Document = Readonly<Record<string, unknown>>

/** A whole world, all of it honest until a test says otherwise. */
export interface World {
  readonly platform: FakePlatform
  readonly timers: ReturnType<typeof manualTimers>
  readonly sent: Sent[]
  readonly fetch: typeof fetch
  /** Answers a URL without its query; a document is answered as JSON. */
  on(url: string, answer: Answer | Document): void
  /** What was sent to a URL. */
  to(url: string): readonly Sent[]
  /** Everything that was sent, as one text, to look for secrets in. */
  everythingTo(origin: string): string
  client(options?: Partial<ClientOptions>): ReturnType<typeof createClient>
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers })

export const refusal = (error: string, status = 400, headers: Record<string, string> = {}) =>
  json({ error, error_description: `about ${error}` }, status, headers)

/** The metadata of a server. */
export const metadataOf = (issuer: string, changes: Document = {}): Document =>
  Object.fromEntries(
    Object.entries({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      registration_endpoint: `${issuer}/register`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...changes,
    }).filter(([, value]) => value !== undefined),
  )

export const METADATA = `${AS}/.well-known/oauth-authorization-server`
export const EVIL_METADATA = `${EVIL}/.well-known/oauth-authorization-server`
export const PRM = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'
export const ROOT_PRM = 'https://mcp.test/.well-known/oauth-protected-resource'

export const resourceDocument = (changes: Document = {}): Document => ({
  resource: MCP,
  authorization_servers: [AS],
  ...changes,
})

/** The answer of a token endpoint: tokens that are never the same twice. */
export function tokenAnswer(changes: Document = {}): Answer {
  let number = 0
  return () => {
    number += 1
    const tokens = {
      access_token: `access-${number}`,
      refresh_token: `refresh-${number}`,
      token_type: 'Bearer',
      expires_in: 3600,
      ...changes,
    }
    return json(tokens)
  }
}

export function clientWorld(): World {
  const answers = new Map<string, Answer>()
  const sent: Sent[] = []
  const platform = fakePlatform()
  const timers = manualTimers()

  const world: World = {
    ...{ platform, timers, sent },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const body = request.body === null ? '' : await request.text()
      const [url = ''] = request.url.split('?')
      const { method, headers } = request
      const one = { method, url: request.url, headers, body, form: new URLSearchParams(body) }
      sent.push(one)
      const answer = answers.get(url)?.(one) ?? new Response('not found', { status: 404 })
      return Promise.race([answer, calledOff(init?.signal)])
    },
    on: (url, answer) =>
      void answers.set(url, typeof answer === 'function' ? answer : () => json(answer)),
    to: (url) => sent.filter((one) => one.url.split('?')[0] === url),
    everythingTo: (origin) =>
      sent
        .filter(({ url }) => new URL(url).origin === origin)
        .map((one) => `${one.url} ${JSON.stringify([...one.headers])} ${basicOf(one)} ${one.body}`)
        .join('\n'),
    client: (options = {}) =>
      createClient({
        ...{ fetch: world.fetch, platform, timers, redirectUri: CALLBACK },
        ...(options.registration === undefined ? { clientId: 'app' } : {}),
        ...(options.profile === undefined && options.issuer === undefined ? { resource: MCP } : {}),
        ...options,
      }),
  }
  world.on(METADATA, metadataOf(AS))
  world.on(`${AS}/token`, tokenAnswer())
  world.on(PRM, resourceDocument())
  world.on(MCP, ({ headers }) =>
    headers.has('authorization')
      ? json({ ok: true })
      : new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } }),
  )
  return world
}

/** Never, or as the platform's fetch rejects. */
const calledOff = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
  })

/** Basic credentials in clear. */
const basicOf = ({ headers }: Sent): string => {
  const [, credentials] = /^Basic (.*)$/.exec(headers.get('authorization') ?? '') ?? []
  return credentials === undefined ? '' : atob(credentials)
}

/** What a browser comes back with. */
export const callback = (
  pending: { readonly state: string; readonly redirectUri: string },
  changes: Readonly<Record<string, string | undefined>> = {},
): string => {
  const parameters = { code: 'a-code', state: pending.state, iss: AS, ...changes }
  const present = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return `${pending.redirectUri}?${new URLSearchParams(present)}`
}

/** Signs in, the honest way. */
export async function signIn(
  client: ReturnType<typeof createClient>,
  options?: Parameters<typeof client.begin>[0],
) {
  const { pending } = await client.begin(options)
  return client.finish(callback(pending, { iss: pending.issuer }), pending)
}

/** The parameters that a user is sent away with. */
export const parametersOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

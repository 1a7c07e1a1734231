/** `@modelcontextprotocol/client` 2.4 against the built product, in both eras of the protocol. */

import {
  Client,
  type OAuthDiscoveryState,
  SdkErrorCode,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'
import {
  connects,
  type GuardedServer,
  type McpProgram,
  outlivesItsToken,
  stepsUp,
  usesTools,
} from './support/journey.ts'
import { Browser } from './support/person.ts'
import { guardedServers, sdkSuite } from './support/sdk-suite.ts'
import { clientWords, type Registration, SignInProvider } from './support/sign-in-provider.ts'
import { Wire } from './support/wire.ts'

interface V2Kinds {
  readonly information: StoredOAuthClientInformation
  readonly tokens: StoredOAuthTokens
  readonly discovery: OAuthDiscoveryState
}

class V2Program implements McpProgram {
  readonly provider: SignInProvider<V2Kinds>
  readonly wire = new Wire()
  readonly #server: GuardedServer
  readonly #client: Client
  #transport: StreamableHTTPClientTransport

  constructor(
    server: GuardedServer,
    provider: SignInProvider<V2Kinds>,
    mode: VersionNegotiationMode = 'legacy',
  ) {
    this.#server = server
    this.provider = provider
    this.#client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } })
    this.#transport = this.#makeTransport()
  }

  #makeTransport() {
    return new StreamableHTTPClientTransport(new URL(this.#server.resource), {
      authProvider: this.provider,
      fetch: this.wire.fetch,
    })
  }

  connect() {
    this.#transport = this.#makeTransport()
    return this.#client.connect(this.#transport)
  }
  needsSignIn(failure: unknown) {
    return failure instanceof UnauthorizedError
  }
  finishSignIn(back: URL) {
    return this.#transport.finishAuth(back.searchParams)
  }
  async beginStepUp(refusal: unknown) {
    // This SDK asks by itself, for the union of scopes.
    expect(this.needsSignIn(refusal)).toBe(true)
  }
  async tools() {
    return (await this.#client.listTools()).tools.map(({ name }) => name)
  }
  async call(name: string, args: Record<string, unknown> = {}) {
    const { content } = await this.#client.callTool({ name, arguments: args })
    return content[0]?.type === 'text' ? content[0].text : ''
  }
  revision() {
    return this.#client.getNegotiatedProtocolVersion()
  }
  close() {
    return this.#client.close()
  }
}

const provider = (name: string, registration: Registration<V2Kinds['information']> = {}) =>
  new SignInProvider<V2Kinds>(clientWords(name), registration)

const surroundings = sdkSuite(
  'SDK v2',
  (server, { client_name }, registration) =>
    new V2Program(server, provider(client_name, registration)),
)

describe('The eras of the protocol', () => {
  it.each([
    ['ledger', '2026-07-28', 'the server behind speaks both'],
    ['everything', '2026-07-28', 'the gateway carries it to a program of the earlier era'],
    ['far-everything', '2025-11-25', 'the server behind knows no other, so the client falls back'],
  ] as const)('%s: a client that asks for the later one speaks %s: %s', async (name, era, _) => {
    const server = guardedServers(surroundings())[name]
    const program = new V2Program(server, provider(`SDK v2 auto ${name}`), 'auto')
    const browser = new Browser(surroundings().alice)
    try {
      await connects(program, browser, server)
      expect(program.revision()).toBe(era)
      await usesTools(program, server)
      await stepsUp(program, browser, server)
      await outlivesItsToken(program, server)
    } finally {
      await program.close()
    }
  })

  it('a client that insists on the later one is told by a server of the earlier', async () => {
    const server = guardedServers(surroundings())['far-everything']
    const program = new V2Program(server, provider('SDK v2 pinned'), { pin: '2026-07-28' })
    try {
      const attempt = connects(program, new Browser(surroundings().alice), server)
      await expect(attempt).rejects.toMatchObject({ code: SdkErrorCode.EraNegotiationFailed })
    } finally {
      await program.close()
    }
  })
})

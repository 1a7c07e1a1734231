/** A program with an MCP client of `@modelcontextprotocol/client` 2.4 in it. */

import {
  Client,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client'
import { expect } from 'vitest'
import type { McpProgram } from './journey.ts'
import type { SignInProvider } from './sign-in-provider.ts'
import { Wire } from './wire.ts'

/** What this SDK has its program remember. */
export interface V2Kinds {
  readonly information: StoredOAuthClientInformation
  readonly tokens: StoredOAuthTokens
  readonly discovery: OAuthDiscoveryState
}

export class V2Program implements McpProgram {
  readonly provider: SignInProvider<V2Kinds>
  readonly wire = new Wire()
  readonly #url: URL
  readonly #client: Client
  #transport: StreamableHTTPClientTransport

  constructor(
    url: string,
    provider: SignInProvider<V2Kinds>,
    mode: VersionNegotiationMode = 'legacy',
  ) {
    this.#url = new URL(url)
    this.provider = provider
    this.#client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } })
    this.#transport = this.#makeTransport()
  }

  #makeTransport() {
    return new StreamableHTTPClientTransport(this.#url, {
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

/** `@modelcontextprotocol/sdk` 1.32 against the built product. */

import {
  auth,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect } from 'vitest'
import type { GuardedServer, McpProgram } from './support/journey.ts'
import { sdkSuite } from './support/sdk-suite.ts'
import { SignInProvider } from './support/sign-in-provider.ts'
import { challenged, Wire } from './support/wire.ts'

interface V1Kinds {
  readonly information: OAuthClientInformationMixed
  readonly tokens: OAuthTokens
  readonly discovery: OAuthDiscoveryState
}

class V1Program implements McpProgram {
  readonly provider: SignInProvider<V1Kinds>
  readonly wire = new Wire()
  readonly #server: GuardedServer
  readonly #client = new Client({ name: 'e2e', version: '1' })
  #transport: StreamableHTTPClientTransport

  constructor(server: GuardedServer, provider: SignInProvider<V1Kinds>) {
    this.#server = server
    this.provider = provider
    this.#transport = this.#makeTransport()
  }

  #makeTransport() {
    return new StreamableHTTPClientTransport(new URL(this.#server.resource), {
      authProvider: this.provider,
      fetch: this.wire.fetch,
    })
  }

  async connect() {
    this.#transport = this.#makeTransport()
    // The SDK's own types do not agree on what an absent member is.
    await this.#client.connect(this.#transport as Parameters<Client['connect']>[0])
  }
  needsSignIn(failure: unknown) {
    return failure instanceof UnauthorizedError
  }
  finishSignIn(back: URL) {
    return this.#transport.finishAuth(back.searchParams.get('code') ?? '')
  }

  /** This line of the SDK only refreshes, which cannot widen a grant; asking is left to the program. */
  async beginStepUp(refusal: unknown) {
    expect(refusal).toBeInstanceOf(StreamableHTTPError)
    const granted = this.provider.saved?.scope ?? ''
    this.provider.saved = undefined
    const result = await auth(this.provider, {
      serverUrl: this.#server.resource,
      scope: `${granted} ${challenged(this.wire.last(403), 'scope')}`,
    })
    expect(result).toBe('REDIRECT')
  }
  async tools() {
    return (await this.#client.listTools()).tools.map(({ name }) => name)
  }
  async call(name: string, args: Record<string, unknown> = {}) {
    const result = await this.#client.callTool({ name, arguments: args })
    const { content } = CallToolResultSchema.parse(result)
    return content[0]?.type === 'text' ? content[0].text : ''
  }
  revision() {
    return this.#transport.protocolVersion
  }
  close() {
    return this.#client.close()
  }
}

sdkSuite(
  'SDK v1',
  (server, words, registration) =>
    new V1Program(server, new SignInProvider<V1Kinds>(words, registration)),
)

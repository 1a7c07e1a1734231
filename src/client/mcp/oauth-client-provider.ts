/**
 * An `OAuthClientProvider` of the official SDK, for both of its lines: the SDK leads, and this keeps what
 * it is given, and sees to what the SDK leaves to applications.
 *
 * That is `state`; in v1 also `iss` and the issuer of metadata; PKCE that is advertised; secrets that go to
 * one token endpoint; grants that are bound to who gave them, and are not thrown away because another
 * process has renewed them.
 *
 * DPoP is left out on purpose: its keys would be the SDK's. The provider with a `fetch` has it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { systemPlatform } from '../../platform.ts'
import { systemTimers } from '../../timers.ts'
import { createConnections } from '../connections.ts'
import { createDiscovery } from '../discovery/discovery.ts'
import { memoryGrantStore } from '../grants/memory.ts'
import { tracer } from '../trace.ts'
import { createTransport } from '../transport.ts'
import {
  checkProviderOptions,
  fixedClientId,
  type OAuthClientProviderOptions,
  registeredMetadata,
} from './provider-options.ts'
import { sdkCredentials } from './sdk-credentials.ts'
import { sdkServerMemory } from './sdk-server.ts'
import { sdkSignIn } from './sdk-sign-in.ts'
import type {
  SdkClientInformation,
  SdkClientMetadata,
  SdkContext,
  SdkCredentials,
  SdkDiscoveryState,
  SdkTokens,
} from './sdk-types.ts'

/** For the `authProvider` option of a transport of the SDK, and its `auth()`. */
export interface McpOAuthClientProvider {
  /**
   * Checks the whole URL that the browser came back to. Only then can its code be redeemed: in v2 with
   * `transport.finishAuth(parameters)`, in v1 with `transport.finishAuth(parameters.get('code'))`.
   *
   * @throws {ClientError} `response_mismatch` if it is not the answer to what was begun; `refused` if
   * somebody said no.
   */
  authorizationResponse(callbackUrl: string): Promise<URLSearchParams>

  readonly redirectUrl: string | undefined
  readonly clientMetadataUrl?: string
  readonly clientMetadata: SdkClientMetadata
  state(): string
  clientInformation(context?: SdkContext): Promise<SdkClientInformation | undefined>
  saveClientInformation(information: SdkClientInformation, context?: SdkContext): Promise<void>
  tokens(context?: SdkContext): Promise<SdkTokens | undefined>
  saveTokens(tokens: SdkTokens, context?: SdkContext): Promise<void>
  redirectToAuthorization(url: URL): Promise<void>
  saveCodeVerifier(codeVerifier: string): void
  codeVerifier(): Promise<string>
  addClientAuthentication(
    headers: Headers,
    params: URLSearchParams,
    url: string | URL,
  ): Promise<void>
  prepareTokenRequest(scope?: string): Promise<URLSearchParams | undefined>
  saveDiscoveryState(state: SdkDiscoveryState): void
  discoveryState(): Promise<SdkDiscoveryState | undefined>
  invalidateCredentials(what: SdkCredentials): Promise<void>
}

/**
 * Makes a provider.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 */
export function mcpOAuthClientProvider(
  options: OAuthClientProviderOptions,
): McpOAuthClientProvider {
  checkProviderOptions(options)
  const { redirectUri, clientId, clientIdUrl } = options
  const { memory, credentials, signIn, prepareTokenRequest } = assemble(options)
  const { end, ...ofSignIn } = signIn

  return {
    ...ofSignIn,
    prepareTokenRequest,
    redirectUrl: redirectUri,
    clientMetadata: registeredMetadata(options),
    ...(clientIdUrl === undefined || clientId !== undefined
      ? {}
      : { clientMetadataUrl: clientIdUrl }),
    async clientInformation() {
      const { server } = memory.current()
      const id = await credentials.client(server)
      return id === undefined ? undefined : { client_id: id, issuer: server.issuer }
    },
    saveClientInformation: (information) =>
      credentials.register(memory.current().server, information),
    // Where the SDK has just looked for the server, a refresh may follow. Otherwise it sends a request.
    tokens: () => credentials.tokens(memory.known()?.server),
    async saveTokens(tokens) {
      await credentials.save(memory.current(), tokens)
      await end()
      memory.forget()
    },
    addClientAuthentication: (headers, params, url) =>
      credentials.authenticate(memory.current().server, { headers, params, url }),
    saveDiscoveryState: (state) => void memory.set(state),
    async invalidateCredentials(what) {
      const server = memory.known()?.server
      if (what === 'tokens' || what === 'all') await credentials.forget()
      if ((what === 'client' || what === 'all') && server !== undefined) {
        await credentials.unregister(server)
      }
      if (what === 'verifier' || what === 'all') await end()
    },
  }
}

function assemble(options: OAuthClientProviderOptions) {
  const { platform = systemPlatform, timers = systemTimers, store = memoryGrantStore() } = options
  const { issuer, clientId, clientAuth, clientName, clientIdUrl, redirectUri, flow } = options
  const { fetch = globalThis.fetch } = options
  const transport = createTransport({ fetch, timers, tell: tracer(undefined) })
  const memory = sdkServerMemory(options)
  const connections = createConnections({
    ...{ issuer, clientAuth, redirectUri, store, transport, platform, quirks: undefined },
    clientId: fixedClientId(options),
    registration: { clientName, ...(clientIdUrl === undefined ? {} : { clientIdUrl }) },
    allowUndescribedResource: options.legacy?.undescribedResource === true,
    // What the SDK has found, and what was checked of it, is what counts.
    discovery: { server: async () => memory.current().server, forget: () => {} },
  })
  const others = createDiscovery(transport, platform)
  return {
    memory,
    credentials: sdkCredentials({ options, store, connections, now: () => platform.now() }),
    signIn: sdkSignIn(options, { memory, platform }),
    /** What a machine asks with; a person's request the SDK makes itself. */
    async prepareTokenRequest(scope?: string): Promise<URLSearchParams | undefined> {
      if (flow === undefined) return undefined
      const own = await flow.parameters({
        ...memory.current(),
        ...{ clientId: clientId ?? '', transport, platform },
        scopes: scope?.split(' ') ?? [],
        findServer: (issuer) => others.server(issuer),
      })
      const common = scope === undefined ? {} : { scope }
      return new URLSearchParams({ ...common, ...own, grant_type: flow.grantType })
    },
  }
}

/**
 * Tokens for one MCP server, in the shape in which MCP clients want them.
 *
 * Give a transport its `fetch`, and nothing else: then tokens are renewed before they end, bound to a key
 * where that is wanted, and a person is asked when it takes one, also in the middle of a session. The
 * other shape is the SDK's `AuthProvider`, for clients that have a `fetch` of their own.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { loopback } from '../callback/loopback.ts'
import type { SignInWay } from '../callback/ways.ts'
import { withBrowser } from '../callback/ways.ts'
import { type Client, createClient } from '../client.ts'
import type { ClientOptions } from '../client-options.ts'
import type { RegistrationOptions } from '../registration.ts'
import { isSignInNeeded } from '../token-life.ts'

/** Who signs in at which MCP server, and how. */
export interface McpAuthOptions
  extends Omit<
    ClientOptions,
    'resource' | 'registration' | 'redirectUri' | 'onSignInNeeded' | 'waitForChallenge'
  > {
  /** The URL of the MCP server. */
  readonly server: string
  /** The name of this program, for the people who are asked. */
  readonly clientName: string
  /** The URL of this client's metadata document, used before anything is registered. */
  readonly clientIdUrl?: string
  /** What else is registered where nothing but registration is left. */
  readonly registration?: Omit<RegistrationOptions, 'clientName' | 'clientIdUrl'>
  /** How a person is asked: in the browser of this machine unless told; `never` for programs without one. */
  readonly signIn?: SignInWay | 'never'
}

/** Tokens for one MCP server. Its functions can be taken off it. */
export interface McpAuthProvider {
  /** For the `fetch` option of any transport; leave the transport's `authProvider` away then. */
  readonly fetch: (input: string | URL, init?: RequestInit) => Promise<Response>
  /**
   * The access token; nothing if a person has to be asked first.
   *
   * @throws {ClientError} if the token cannot be renewed now; {ConfigError} if it is bound to a key, so
   * that only {@link McpAuthProvider.fetch} can use it.
   */
  readonly token: () => Promise<string | undefined>
  /** Renews the token that was refused, or asks the person. @throws {ClientError} if that comes to nothing. */
  readonly onUnauthorized: (refusal: { readonly response: Response }) => Promise<void>
  /** The client behind it, for what else there is to do. */
  readonly client: Client
}

/**
 * Makes a provider.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 */
export function mcpAuthProvider(options: McpAuthOptions): McpAuthProvider {
  const { server, clientName, clientIdUrl, registration, signIn, ...rest } = options
  const isKnown = rest.clientId !== undefined || rest.flow !== undefined
  const client = createClient({
    ...rest,
    resource: server,
    waitForChallenge: true,
    ...(isKnown
      ? {}
      : {
          registration: {
            ...registration,
            clientName,
            ...(clientIdUrl === undefined ? {} : { clientIdUrl }),
          },
        }),
    ...onSignInNeeded(options),
  })
  return {
    client,
    fetch: (input, init) => client.fetch(input, init),
    async token() {
      const grant = await client.grant().catch((error: unknown) => {
        if (isSignInNeeded(error)) return undefined
        throw error
      })
      if (grant?.tokenType === 'DPoP') {
        throw new ConfigError(
          'dpop',
          'needs a proof with each request.',
          'Use fetch of the provider.',
        )
      }
      return grant?.accessToken.reveal('a token for the MCP server')
    },
    onUnauthorized: ({ response }) => client.refused(response),
  }
}

function onSignInNeeded({ signIn, flow, clientName }: McpAuthOptions) {
  // Machines have nobody to ask.
  if (signIn === 'never' || flow !== undefined) return {}
  return { onSignInNeeded: signIn ?? withBrowser(loopback({ clientName })) }
}

/**
 * What an `OAuthClientProvider` is made from.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { ClientOptions } from '../client-options.ts'
import { checkClientOptions } from '../client-options.ts'
import { DEFAULT_ACCOUNT } from '../kept-grant.ts'
import type { RegistrationOptions } from '../registration.ts'
import type { SdkClientMetadata } from './sdk-types.ts'
import type { SignInSession } from './sign-in-session.ts'

/** Who signs in at which MCP server, for programs that let the SDK lead. */
export interface OAuthClientProviderOptions
  extends Pick<
    ClientOptions,
    | 'issuer'
    | 'clientId'
    | 'clientAuth'
    | 'scope'
    | 'flow'
    | 'account'
    | 'store'
    | 'legacy'
    | 'fetch'
    | 'platform'
    | 'timers'
  > {
  /** The URL of the MCP server. */
  readonly server: string
  /** The name of this program, for the people who are asked. */
  readonly clientName: string
  /** The URL of this client's metadata document, used before anything is registered. */
  readonly clientIdUrl?: string
  /** Where the answer comes: a route of your own, or the `redirectUri` of a visit. Machines have none. */
  readonly redirectUri?: string
  /** Sends the person away; the answer will have this `state`. */
  readonly redirect?: (departure: { readonly url: string; readonly state: string }) => unknown
  /** Remembers a sign-in that is under way; in memory unless told. */
  readonly session?: SignInSession
  /** `native` unless told: a program on a person's machine. */
  readonly applicationType?: RegistrationOptions['applicationType']
}

/**
 * Refuses options that contradict each other or are unsafe.
 *
 * @throws {ConfigError}
 */
export function checkProviderOptions(options: OAuthClientProviderOptions): void {
  const { server, flow, redirectUri, redirect } = options
  checkClientOptions({ ...options, resource: server })
  if ((redirectUri === undefined) !== (redirect === undefined)) {
    throw new ConfigError('redirectUri', 'and redirect go together.')
  }
  if ((redirectUri === undefined) === (flow === undefined)) {
    throw new ConfigError(
      'redirectUri',
      'is for people, and flow for machines.',
      'Pass one of the two.',
    )
  }
}

/** Whose tokens they are. */
export const accountOf = ({ account = DEFAULT_ACCOUNT }: OAuthClientProviderOptions): string =>
  account

/** Clients that a person or a platform has named; those without a name have one for what they keep. */
export const fixedClientId = ({ clientId, flow }: OAuthClientProviderOptions): string | undefined =>
  clientId ?? (flow === undefined ? undefined : 'unnamed')

/** What is registered where nothing but registration is left. */
export function registeredMetadata(options: OAuthClientProviderOptions): SdkClientMetadata {
  const { clientName, redirectUri, applicationType = 'native', scope, flow } = options
  return {
    client_name: clientName,
    redirect_uris: redirectUri === undefined ? [] : [redirectUri],
    grant_types: flow === undefined ? ['authorization_code', 'refresh_token'] : [flow.grantType],
    response_types: redirectUri === undefined ? [] : ['code'],
    application_type: applicationType,
    ...(scope === undefined ? {} : { scope: scope.join(' ') }),
  }
}

/**
 * The part of a sign-in that the SDK leaves to applications: `state`, remembering, and looking at what the
 * browser came back with before its code can be redeemed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.7 | RFC 9700 §4.4, §4.7}
 * @module
 */

import { type Platform, randomToken } from '../../platform.ts'
import { ClientError } from '../errors.ts'
import { readAuthorizationResponse } from '../flows/authorization-response.ts'
import { checkOpenableUrl } from '../outward-url.ts'
import { endpointOf } from '../server.ts'
import { accountOf, type OAuthClientProviderOptions } from './provider-options.ts'
import type { SdkServerMemory } from './sdk-server.ts'
import type { SdkDiscoveryState } from './sdk-types.ts'
import { memorySession, readSession, writeSession } from './sign-in-session.ts'

/** The members of a provider that are about signing in. */
export interface SdkSignIn {
  authorizationResponse(callbackUrl: string): Promise<URLSearchParams>
  state(): string
  redirectToAuthorization(url: URL): Promise<void>
  saveCodeVerifier(codeVerifier: string): void
  codeVerifier(): Promise<string>
  discoveryState(): Promise<SdkDiscoveryState | undefined>
  /** It is over. */
  end(): Promise<void>
}

/** Makes them. */
export function sdkSignIn(
  options: OAuthClientProviderOptions,
  { memory, platform }: { readonly memory: SdkServerMemory; readonly platform: Platform },
): SdkSignIn {
  const { redirectUri = '', redirect, session = memorySession() } = options
  const draft = { state: '', codeVerifier: '' }
  /** Sessions are written later than two answers at once are read. */
  let answered: string | undefined
  return {
    async authorizationResponse(callbackUrl) {
      const underWay = await readSession(session)
      if (underWay === undefined || underWay.isAnswered || underWay.pending.state === answered) {
        throw new ClientError('response_mismatch', 'Start the sign-in again.', {
          detail: underWay === undefined ? 'no sign-in is under way' : 'it was answered already',
        })
      }
      const { server } = memory.set(underWay.discovery)
      readAuthorizationResponse({ server, platform }, callbackUrl, underWay.pending)
      answered = underWay.pending.state
      await writeSession(session, { ...underWay, isAnswered: true })
      return new URL(callbackUrl).searchParams
    },
    state() {
      draft.state = randomToken(platform)
      return draft.state
    },
    async redirectToAuthorization(url) {
      const { server, resource } = memory.current()
      const pending = {
        ...draft,
        version: 1 as const,
        issuer: server.issuer,
        tokenEndpoint: endpointOf(server, 'token_endpoint'),
        clientId: url.searchParams.get('client_id') ?? '',
        ...{ redirectUri, resource, account: accountOf(options), startedAt: platform.now() },
        scopes: url.searchParams.get('scope')?.split(' ') ?? [],
      }
      const address = checkOpenableUrl(url.href)
      await writeSession(session, { pending, discovery: memory.state(), isAnswered: false })
      await redirect?.({ url: address, state: draft.state })
    },
    saveCodeVerifier(codeVerifier) {
      draft.codeVerifier = codeVerifier
    },
    async codeVerifier() {
      const underWay = await readSession(session)
      if (underWay?.isAnswered === true) return underWay.pending.codeVerifier
      throw new ClientError('response_mismatch', 'Pass its URL to authorizationResponse first.')
    },
    async discoveryState() {
      const underWay = await readSession(session)
      // A sign-in ends where it began. Whatever else is done, is done where the server is now.
      if (underWay?.isAnswered !== true) return undefined
      memory.set(underWay.discovery)
      return underWay.discovery
    },
    end: () => session.write(undefined),
  }
}

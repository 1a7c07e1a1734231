/**
 * Signing a user in: sending them away, and taking what they come back with.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'
import type { PrivateKeyJwtOptions } from './client-auth/index.ts'
import type { Connections, Description } from './connections.ts'
import { readChallenge } from './discovery/protected-resource.ts'
import type { DpopKeys } from './dpop-keys.ts'
import { ClientError } from './errors.ts'
import { type ScopeQuirks, wanted } from './flows/flow.ts'
import {
  type BegunAuthorization,
  beginAuthorization,
  beginDevice,
  type DeviceAuthorization,
  finishDevice,
  type PendingAuthorization,
  readAuthorizationResponse,
  redeemCode,
} from './flows/index.ts'
import type { IdTokenClaims } from './id-token.ts'
import type { GrantKey, KeptGrant } from './kept-grant.ts'
import { newGrant } from './new-grant.ts'
import type { Party } from './party.ts'
import { union } from './renew-grant.ts'
import type { TokenAnswer } from './token-answer.ts'

/** What a sign-in is for. */
export interface SignInOptions {
  /** The resource that the client was made for unless told. */
  readonly resource?: string
  /** Which of several accounts; `default` unless told. */
  readonly account?: string
  /** Instead of what the client, the resource's challenge or its metadata say. */
  readonly scope?: readonly string[]
  /** The `WWW-Authenticate` header that the resource refused with, if there was one. */
  readonly challenge?: string | null
  readonly redirectUri?: string
  /** More parameters of the authorization request, such as `prompt` or `login_hint`. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Trusts a token endpoint that is another than before. Ask the user. */
  readonly approveServerChange?: boolean
}

/** Someone who signed in. */
export interface SignedIn {
  readonly grant: KeptGrant
  /** Who it is, verified; only where `openid` was asked for. */
  readonly claims: IdTokenClaims | undefined
}

/** A code to type in, and what comes of it. */
export interface DeviceSignIn extends DeviceAuthorization {
  /** What is asked for. */
  readonly scopes: readonly string[]
  /**
   * Waits until the user has decided.
   *
   * @throws {ClientError} `refused` if the user says no, `timed_out` if nobody did anything.
   */
  finish(signal?: AbortSignal): Promise<SignedIn>
}

/** What signing in needs. */
export interface SignInContext {
  readonly connections: Connections
  readonly dpopKeys: DpopKeys
  readonly platform: Platform
  readonly timers: Timers
  readonly resource: string
  readonly account: string
  readonly scopes: readonly string[] | undefined
  readonly redirectUri: string | undefined
  /** Whether to ask for `offline_access` where the server knows it. */
  readonly offline: boolean
  readonly parameters: Readonly<Record<string, string>>
  readonly quirks: ScopeQuirks
  readonly allowUnadvertisedPkce: boolean
  readonly requestKey: PrivateKeyJwtOptions | undefined
  /** The `state` of answers that were used, and when their sign-ins began. */
  readonly spent: Map<string, number>
  keep(grant: KeptGrant): Promise<void>
}

/**
 * Begins a sign-in in a browser.
 *
 * @param description - What is known of the resource already.
 * @throws {ClientError} if the server cannot be trusted or refuses.
 */
export async function beginSignIn(
  context: SignInContext,
  options: SignInOptions = {},
  description?: Description,
): Promise<BegunAuthorization> {
  const { party, resource, scopes, account } = await prepare(context, options, description)
  const redirectUri = options.redirectUri ?? context.redirectUri
  if (redirectUri === undefined) {
    throw new ClientError('client_refused', 'Pass the redirectUri that it is registered with.')
  }
  return beginAuthorization(party, {
    ...{ redirectUri, resource, account, scopes },
    wanted: wanted({ resource, scopes }, context.quirks),
    parameters: { ...promptFor(scopes), ...context.parameters, ...options.parameters },
    allowUnadvertisedPkce: context.allowUnadvertisedPkce,
    requestKey: context.requestKey,
  })
}

/**
 * Finishes a sign-in with the URL that the browser came back to.
 *
 * @throws {ClientError} `response_mismatch` if it is not the answer to what was begun.
 */
export async function finishSignIn(
  context: SignInContext,
  callbackUrl: string,
  pending: PendingAuthorization,
): Promise<SignedIn> {
  const party = await context.connections.of(pending, pending.tokenEndpoint)
  const code = readAuthorizationResponse(party, callbackUrl, pending)
  spend(context.spent, pending)
  const { dpop, tokenType } = await context.dpopKeys.forNew(party.server)
  const { resource, account, issuer, clientId, scopes } = pending
  const answer = await redeemCode(party, pending, {
    ...{ code, dpop, tokenType },
    wanted: wanted({ resource, scopes: [] }, context.quirks),
  })
  const key = { issuer, clientId, resource, account }
  return taken(context, { answer, key, party, scopes, dpop })
}

/**
 * Begins a sign-in on another machine.
 *
 * @param description - What is known of the resource already.
 * @throws {ClientError} if the server does not offer it.
 */
export async function beginDeviceSignIn(
  context: SignInContext,
  options: SignInOptions = {},
  description?: Description,
): Promise<DeviceSignIn> {
  const { party, resource, scopes, account } = await prepare(context, options, description)
  const device = await beginDevice(party, wanted({ resource, scopes }, context.quirks))
  const key = { issuer: party.server.issuer, clientId: party.clientId, resource, account }
  return {
    ...device,
    scopes,
    async finish(signal) {
      const { dpop, tokenType } = await context.dpopKeys.forNew(party.server)
      const answer = await finishDevice(party, device, {
        ...{ timers: context.timers, dpop, tokenType, signal },
        wanted: wanted({ resource, scopes: [] }, context.quirks),
      })
      return taken(context, { answer, key, party, scopes, dpop })
    },
  }
}

/** OpenID providers ignore `offline_access` otherwise ({@link https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess | Core §11}). */
const promptFor = (scopes: readonly string[]): Readonly<Record<string, string>> =>
  scopes.includes('openid') && scopes.includes('offline_access') ? { prompt: 'consent' } : {}

/** Whom to ask, and for what: the challenge's scopes, else the resource's, else none. */
async function prepare(
  context: SignInContext,
  options: SignInOptions,
  description: Description | undefined,
) {
  const { resource = context.resource, account = context.account } = options
  const challenge =
    typeof options.challenge === 'string' ? readChallenge(options.challenge) : undefined
  const { redirectUri, approveServerChange } = options
  const connection = await context.connections.to(resource, {
    ...{ challenge, description, redirectUri, approveServerChange },
  })
  const { party, described } = connection
  const asked =
    options.scope ??
    context.scopes ??
    challenge?.scopes ??
    described?.challengedScopes ??
    described?.scopesSupported ??
    []
  const isOffered = party.server.metadata.scopes_supported?.includes('offline_access') === true
  const scopes = union(asked, context.offline && isOffered ? ['offline_access'] : [])
  return { party, resource: connection.resource, scopes, account }
}

interface Taken {
  readonly answer: TokenAnswer
  readonly key: GrantKey
  readonly party: Party
  readonly scopes: readonly string[]
  readonly dpop: Awaited<ReturnType<DpopKeys['forNew']>>['dpop']
}

async function taken(
  { dpopKeys, keep }: SignInContext,
  { answer, ...origin }: Taken,
): Promise<SignedIn> {
  const grant = newGrant(answer, origin)
  if (origin.dpop !== undefined) dpopKeys.bind(origin.key, origin.dpop)
  await keep(grant)
  return { grant, claims: answer.idToken }
}

/** @throws {ClientError} `response_mismatch` for an answer that came already. */
function spend(spent: Map<string, number>, { state, startedAt }: PendingAuthorization): void {
  // Whatever began so long before would be refused for its age.
  for (const [old, since] of spent) if (since < startedAt - 3_600_000) spent.delete(old)
  if (spent.has(state)) {
    throw new ClientError('response_mismatch', 'It was used already. Start the sign-in again.')
  }
  spent.set(state, startedAt)
}

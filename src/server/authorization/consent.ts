/**
 * What users have allowed, and whether it covers what is asked now.
 *
 * @module
 */

import { redirectHost } from '../../protocol/redirect-uri.ts'
import { type Change, insert, removeAll } from '../../store/store.ts'
import type { Consent, User } from '../../store/tables.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'

/** What a user is asked to allow. */
export interface ConsentRequest {
  readonly user: User
  readonly client: Client
  readonly resource: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

/**
 * One row for a user, a client, a resource and where the answer goes: scopes that were allowed at
 * one address are not allowed at another by having allowed something else there.
 */
const consentId = (request: ConsentRequest, { vault }: ServerContext) =>
  vault.hash(
    'consent',
    request.user.id,
    request.client.id,
    request.resource,
    redirectHost(request.redirectUri),
  )

/**
 * Whether an approval may be remembered: only where the redirect URI says who the client is. Any
 * program on the user's computer can listen on loopback, or claim a scheme, under a client's id.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-8.6 | RFC 8252 §8.6}
 */
const isMemorable = ({ redirectUri }: ConsentRequest) => redirectUri.startsWith('https:')

const find = (request: ConsentRequest, context: ServerContext): Promise<Consent | undefined> =>
  context.store.find('consents', { id: consentId(request, context) })

/** Whether the user has already allowed all of this. */
export async function isConsented(
  request: ConsentRequest,
  context: ServerContext,
): Promise<boolean> {
  const consent = isMemorable(request) ? await find(request, context) : undefined
  return consent !== undefined && request.scopes.every((scope) => consent.scopes.includes(scope))
}

/** The changes that remember an approval, joined to what was allowed before. */
export async function rememberConsent(
  request: ConsentRequest,
  context: ServerContext,
): Promise<readonly Change[]> {
  if (!isMemorable(request)) return []
  const before = await find(request, context)
  const id = consentId(request, context)
  return [
    removeAll('consents', { id }),
    insert('consents', {
      id,
      userId: request.user.id,
      clientId: request.client.id,
      resource: request.resource,
      scopes: [...new Set([...(before?.scopes ?? []), ...request.scopes])],
      redirectHost: redirectHost(request.redirectUri),
      grantedAt: before?.grantedAt ?? context.platform.now(),
    }),
  ]
}

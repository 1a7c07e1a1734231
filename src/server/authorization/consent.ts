/**
 * What users have allowed, and whether it covers what is asked now.
 *
 * @module
 */

import { redirectHost } from '../../protocol/redirect-uri.ts'
import { type Change, insert, removeAll } from '../../store/store.ts'
import type { Consent, User } from '../../store/tables.ts'
import { type Client, isLoopbackOnly } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'

/** What a user is asked to allow. */
export interface ConsentRequest {
  readonly user: User
  readonly client: Client
  readonly resource: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

/** One row for a user, a client and a resource. */
const consentId = ({ user, client, resource }: ConsentRequest, { vault }: ServerContext) =>
  vault.hash('consent', user.id, client.id, resource)

const find = (request: ConsentRequest, context: ServerContext): Promise<Consent | undefined> =>
  context.store.find('consents', { id: consentId(request, context) })

/**
 * Whether the user has already allowed all of this.
 *
 * Never for a client that only lives on the user's computer: any program there can call itself so.
 */
export async function isConsented(
  request: ConsentRequest,
  context: ServerContext,
): Promise<boolean> {
  if (isLoopbackOnly(request.client)) return false
  const consent = await find(request, context)
  if (consent === undefined) return false
  const { redirectHosts, scopes } = consent
  return (
    redirectHosts.includes(redirectHost(request.redirectUri)) &&
    request.scopes.every((scope) => scopes.includes(scope))
  )
}

/** The changes that remember an approval, joined to what was allowed before. */
export async function rememberConsent(
  request: ConsentRequest,
  context: ServerContext,
): Promise<readonly Change[]> {
  if (isLoopbackOnly(request.client)) return []
  const before = await find(request, context)
  const id = consentId(request, context)
  const union = (old: readonly string[] = [], now: readonly string[]) => [
    ...new Set([...old, ...now]),
  ]
  return [
    removeAll('consents', { id }),
    insert('consents', {
      id,
      userId: request.user.id,
      clientId: request.client.id,
      resource: request.resource,
      scopes: union(before?.scopes, request.scopes),
      redirectHosts: union(before?.redirectHosts, [redirectHost(request.redirectUri)]),
      grantedAt: context.platform.now(),
    }),
  ]
}

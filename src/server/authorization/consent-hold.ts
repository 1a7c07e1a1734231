/**
 * SIG-8: holding new clients that many users allow at once.
 *
 * Anyone can register a client, and a client that is new and spreads fast is what phishing looks like.
 * Users who allowed it keep what they gave; nobody else is asked until an administrator has looked.
 *
 * Only where the answer leaves for another host: what goes to the user's own computer does not go to
 * whoever registered the client, and programs that many have installed register only once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-5 | RFC 7591 §5}
 * @module
 */

import { type Decision, decidedBy } from '../../decisions.ts'
import type { ServerContext } from '../context.ts'
import type { AuthorizationRequest } from './request.ts'

const DAY = 86_400_000

/** Consents that are looked at. A user has few to one client: one a resource and address. */
const LOOKED_AT = 500

/** Why a client is held from a user, if it is. */
export async function findHold(
  { client, redirectUri }: Pick<AuthorizationRequest, 'client' | 'redirectUri'>,
  userId: string,
  { store, platform, settings }: ServerContext,
): Promise<Decision | undefined> {
  const limit = settings.consent.usersOfNewClient
  const dayAgo = platform.now() - DAY
  // When a document was first seen is not kept, but who allowed its client first is.
  const isNew = client.registration === 'document' || client.since > dayAgo
  if (client.verified || !isNew || !redirectUri.startsWith('https:')) return undefined
  const clientId = client.id
  const recent = await store.list(
    'consents',
    { clientId, grantedAt: { above: dayAgo } },
    { limit: LOOKED_AT },
  )
  const users = new Set(recent.map((consent) => consent.userId))
  if (users.size <= limit || users.has(userId)) return undefined
  const old = await store.find('consents', { clientId, grantedAt: { atMost: dayAgo } })
  if (old !== undefined) return undefined
  return decidedBy('consent.held', { value: users.size, limit, within: DAY / 1000 })
}

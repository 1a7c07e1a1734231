/**
 * Issuing the authorization code, once for an interaction.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 | RFC 6749 §4.1.2}
 * @module
 */

import type { Decision } from '../../decisions.ts'
import type { WarderEvent } from '../../events.ts'
import { randomToken } from '../../platform.ts'
import { formatScope } from '../../protocol/scope.ts'
import { type Change, insert } from '../../store/store.ts'
import { secretPrefixes } from '../../vault/index.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { redirect, responseUrl } from './response.ts'
import type { Standing } from './standing.ts'

/** An approval about to become a code. */
export interface Approval {
  readonly standing: Standing
  /** What was allowed, never more than was asked. */
  readonly scopes: readonly string[]
  /** What must change together with issuing the code. */
  readonly changes: readonly Change[]
  /** Why the user was not asked, if so. */
  readonly decision?: Decision
  /** What else has happened once the code is issued. */
  readonly events?: readonly WarderEvent[]
  readonly exchange: Exchange
}

/**
 * Issues a code and sends the browser to the client with it.
 *
 * @returns undefined if the changes could not be made because they had been made already.
 */
export async function issueCode(
  { standing, scopes, changes, decision, events = [], exchange }: Approval,
  context: ServerContext,
): Promise<Response | undefined> {
  const { platform, vault, settings } = context
  const { request, signedIn } = standing
  const now = platform.now()
  const code = `${secretPrefixes.authorizationCode}${randomToken(platform)}`
  const issue = insert('authorizationCodes', {
    id: vault.hash('authorization_code', code),
    clientId: request.client.id,
    userId: signedIn.user.id,
    familyId: randomToken(platform, 16),
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    scopes,
    resource: request.resource.resource,
    nonce: request.nonce,
    authTime: signedIn.session.authTime,
    correlationId: exchange.correlationId,
    failures: 0,
    createdAt: now,
    expiresAt: now + settings.ttl.authorizationCode * 1000,
    usedAt: null,
  })
  const issued = exchange.event('code.issued', {
    clientId: request.client.id,
    subject: signedIn.user.id,
    resource: request.resource.resource,
    scope: formatScope(scopes),
    source: exchange.source,
    ...decision,
  })
  if (!(await context.store.write([...changes, issue], [...events, issued]))) return undefined
  return redirect(responseUrl(request, { code }, context))
}

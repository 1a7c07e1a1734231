/**
 * Authorization code: what the user allowed, exchanged by the client it was allowed to.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 | RFC 6749 §4.1.3}
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { verifyCodeVerifier } from '../../protocol/pkce.ts'
import { insert, update } from '../../store/store.ts'
import type { AuthorizationCode } from '../../store/tables.ts'
import { checkSameResource } from '../authorization/resources.ts'
import { mayUse } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow } from '../exchange.ts'
import { revokeFamilies } from '../tokens/revocation.ts'
import type { Authorization, Grant, GrantRequest } from './grant.ts'
import { newFamily } from './new-family.ts'
import { type StillGiven, stillGiven } from './still-given.ts'

export const authorizationCode: Grant = {
  grantType: 'authorization_code',
  clients: 'any',
  authorize,
}

/** After this many wrong verifiers from its own client, a code is spent. */
const MAX_FAILURES = 5

async function authorize(request: GrantRequest): Promise<Authorization> {
  const { params, context } = request
  const sent = params.get('code')
  if (sent === undefined) throw new OAuthError('invalid_request', 'code is missing.')
  const id = context.vault.hash('authorization_code', sent)
  const code = await checkOwner(await context.store.find('authorizationCodes', { id }), request)
  checkRedirectUri(code, params.get('redirect_uri'))
  await checkVerifier(code, request)
  if (code.usedAt !== null) return replayed(code, request)
  if (code.expiresAt <= context.platform.now()) {
    return refuse(`expired at ${new Date(code.expiresAt).toISOString()}`)
  }
  checkSameResource(params.all('resource'), code.resource)
  return decide(code, await stillGiven(code, request), request)
}

/** One public sentence for every cause: the caller must not learn which codes exist. */
function refuse(detail: string): never {
  throw new OAuthError(
    'invalid_grant',
    'The authorization code is not valid. Begin the sign-in again.',
    { detail },
  )
}

/** A code that another client holds is not spent and revokes nothing, or strangers could do harm. */
async function checkOwner(
  code: AuthorizationCode | undefined,
  { client, exchange, context }: GrantRequest,
): Promise<AuthorizationCode> {
  if (code === undefined) return refuse('no such code')
  if (code.clientId === client.id) return code
  // Recorded with the flow it was stolen from; the answer does not name that to a stranger.
  const event = eventMaker(context.platform, code.correlationId)
  context.onEvent(
    event('code.misused', {
      clientId: client.id,
      subject: code.userId,
      source: exchange.source,
      ...decidedBy('code.owner', { owner: code.clientId }),
    }),
  )
  return refuse(`issued to ${code.clientId}, sent by ${client.id}`)
}

/** RFC 6749 §4.1.3: the redirect URI MUST be sent again, and be the same. */
function checkRedirectUri(code: AuthorizationCode, sent: string | undefined): void {
  if (sent !== code.redirectUri) refuse(`redirect_uri is ${sent}, was ${code.redirectUri}`)
}

/** RFC 7636 §4.6. Guessing is counted, by the authenticated client only. */
async function checkVerifier(code: AuthorizationCode, request: GrantRequest): Promise<void> {
  const verifier = request.params.get('code_verifier')
  if (verifier === undefined) refuse('code_verifier is missing')
  try {
    await verifyCodeVerifier(verifier, code.codeChallenge)
  } catch (error) {
    await countFailure(code, request.context)
    throw error
  }
}

async function countFailure(code: AuthorizationCode, context: ServerContext): Promise<void> {
  const { store, platform } = context
  const { id } = code
  const failures = code.failures + 1
  const spent = failures >= MAX_FAILURES ? { usedAt: platform.now() } : {}
  const seen = { id, failures: code.failures, usedAt: null }
  if (await store.write([update('authorizationCodes', seen, { failures, ...spent })])) return
  // Another failure was counted first; guesses at the same moment count one by one.
  const current = await store.find('authorizationCodes', { id, usedAt: null })
  if (current !== undefined && current.failures > code.failures) {
    await countFailure(current, context)
  }
}

/** RFC 6749 §4.1.2: a second use SHOULD revoke what the first gave. */
async function replayed(code: AuthorizationCode, request: GrantRequest): Promise<never> {
  const { context, exchange, client } = request
  const event = continueFlow(exchange, code.correlationId, context).event
  await context.store.write(
    [revokeFamilies({ id: code.familyId }, 'code replayed', context.platform.now())],
    [
      event('code.replayed', {
        clientId: client.id,
        subject: code.userId,
        familyId: code.familyId,
        source: exchange.source,
        ...decidedBy('code.once', secondsSince(code.usedAt, context)),
      }),
    ],
  )
  return refuse('already spent; what it gave was revoked')
}

/** Not known where another request spent it at the same moment. */
const secondsSince = (usedAt: number | null, { platform }: ServerContext) =>
  usedAt === null ? {} : { age: Math.floor((platform.now() - usedAt) / 1000) }

function decide(
  code: AuthorizationCode,
  remaining: StillGiven,
  request: GrantRequest,
): Authorization {
  const { client, context, exchange } = request
  const now = context.platform.now()
  const event = continueFlow(exchange, code.correlationId, context).event
  const family = newFamily(code, request)
  const spend = update(
    'authorizationCodes',
    { id: code.id, clientId: client.id, usedAt: null, expiresAt: { above: now } },
    // Remembered as long as what it gives, so that a replay is recognised until then.
    { usedAt: now, expiresAt: family.expiresAt },
  )
  return {
    ...remaining,
    subject: code.userId,
    correlationId: code.correlationId,
    familyId: code.familyId,
    authTime: code.authTime,
    notAfter: family.expiresAt,
    ...(mayUse(client, 'refresh_token')
      ? { refreshToken: { familyId: family.id, generation: 0 } }
      : {}),
    ...(code.scopes.includes('openid')
      ? { idToken: { nonce: code.nonce, authTime: code.authTime } }
      : {}),
    changes: [spend, insert('families', family)],
    events: [
      event('code.redeemed', {
        clientId: client.id,
        subject: code.userId,
        familyId: code.familyId,
        resource: code.resource,
      }),
    ],
    // Someone else spent it between our reading and our writing: that is a replay too.
    lost: () => replayed(code, request),
  }
}

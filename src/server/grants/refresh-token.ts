/**
 * Refresh token: rotated on every use, forgiving about lost answers, unforgiving about theft.
 *
 * A family has one live generation. Presenting it makes the next. Presenting the one before, within
 * the grace, gets the same next one again: the answer was lost, or two processes raced. Presenting
 * anything older revokes the family. A thief within the grace holds what the owner holds, and the
 * next use of an old generation by either ends both: detection is delayed, not lost.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 | RFC 6749 §6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 | RFC 9700 §4.14.2}
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { parseScope } from '../../protocol/scope.ts'
import { update } from '../../store/store.ts'
import type { Family } from '../../store/tables.ts'
import { checkSameResource } from '../authorization/resources.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow } from '../exchange.ts'
import { findRefreshToken } from '../tokens/refresh-token.ts'
import { revokeFamilies } from '../tokens/revocation.ts'
import type { Authorization, Grant, GrantRequest } from './grant.ts'
import { type StillGiven, stillGiven } from './still-given.ts'

export const refreshToken: Grant = {
  grantType: 'refresh_token',
  clients: 'any',
  authorize,
}

async function authorize(request: GrantRequest): Promise<Authorization> {
  const { params, context } = request
  const sent = params.get('refresh_token')
  if (sent === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.')
  const token = findRefreshToken(sent, context.vault)
  if (token === undefined) return refuse('not a token of this server')
  const family = await liveFamily(token.familyId, request)
  checkSameResource(params.all('resource'), family.resource)
  const scopes = narrow(params.get('scope'), family)
  const granted = {
    ...basis(family, request),
    ...(await stillGiven({ ...family, scopes }, request)),
  }

  if (token.generation === family.generation) return rotate(family, granted, request)
  if (
    isRetry(token.generation, family, context.settings.ttl.refreshGrace, context.platform.now())
  ) {
    return retry(family, granted, request)
  }
  return reused(family, token.generation, request)
}

/** One public sentence for every cause. */
function refuse(detail: string): never {
  throw new OAuthError('invalid_grant', 'The refresh token is not valid. Sign in again.', {
    detail,
  })
}

async function liveFamily(id: string, request: GrantRequest): Promise<Family> {
  const { client, context, exchange } = request
  const family = await context.store.find('families', { id })
  if (family === undefined) return refuse('no such family')
  if (family.clientId !== client.id) {
    // A stranger's attempt is noted and harms nobody.
    // Recorded with the flow it was stolen from; the answer does not name that to a stranger.
    const event = eventMaker(context.platform, family.correlationId)
    context.onEvent(
      event('token.misused', {
        clientId: client.id,
        familyId: id,
        source: exchange.source,
        ...decidedBy('refresh.owner', { owner: family.clientId }),
      }),
    )
    return refuse(`issued to ${family.clientId}, sent by ${client.id}`)
  }
  const now = context.platform.now()
  if (family.revokedAt !== null) return refuse(`revoked: ${family.revokedBecause}`)
  if (family.expiresAt <= now) return refuse('reached its absolute end')
  if (family.idleUntil <= now) return refuse('was not used for too long')
  return family
}

/** §6: the scope MUST NOT include any scope not originally granted. */
function narrow(sent: string | undefined, family: Family): readonly string[] {
  const requested = parseScope(sent)
  const excess = requested.filter((scope) => !family.scopes.includes(scope))
  if (excess.length > 0) {
    throw new OAuthError('invalid_scope', 'A refresh cannot add scopes. Ask the user for them.', {
      detail: `not granted: ${excess.join(' ')}`,
    })
  }
  return requested.length === 0 ? family.scopes : requested
}

type Basis = Omit<Authorization, 'changes' | 'events' | 'lost' | 'refreshToken'>

function basis(family: Family, { exchange, context }: GrantRequest): Omit<Basis, keyof StillGiven> {
  return {
    subject: family.userId,
    correlationId: continueFlow(exchange, family.correlationId, context).correlationId,
    familyId: family.id,
    authTime: family.authTime,
    notAfter: family.expiresAt,
  }
}

function rotate(family: Family, granted: Basis, request: GrantRequest): Authorization {
  const { client, context, exchange } = request
  const now = context.platform.now()
  const generation = family.generation + 1
  const event = continueFlow(exchange, family.correlationId, context).event
  const next = {
    generation,
    rotatedAt: now,
    idleUntil: now + context.settings.ttl.refreshTokenIdle * 1000,
  }
  return {
    ...granted,
    refreshToken: { familyId: family.id, generation },
    changes: [
      update(
        'families',
        {
          id: family.id,
          generation: family.generation,
          clientId: client.id,
          revokedAt: null,
          expiresAt: { above: now },
        },
        next,
      ),
    ],
    events: [
      event('token.rotated', { clientId: client.id, subject: family.userId, familyId: family.id }),
    ],
    // Another request rotated or revoked it first; what we hold is one generation old now.
    lost: () => authorize(request),
  }
}

/** Whether a token is the direct predecessor of the live one, so recently that it is no theft. */
function isRetry(generation: number, family: Family, graceSeconds: number, now: number): boolean {
  return (
    generation === family.generation - 1 &&
    now - family.rotatedAt <= graceSeconds * 1000 &&
    graceSeconds > 0
  )
}

/** What the rule about reuse looks at: how many generations old, and since when. */
const inputs = (family: Family, generation: number, { platform, settings }: ServerContext) => ({
  value: family.generation - generation,
  limit: 1,
  age: Math.floor((platform.now() - family.rotatedAt) / 1000),
  within: settings.ttl.refreshGrace,
})

/** The same child again: derived, so nothing needs to change. */
function retry(family: Family, granted: Basis, request: GrantRequest): Authorization {
  const { client, context, exchange } = request
  const event = continueFlow(exchange, family.correlationId, context).event
  context.onEvent(
    event('token.retried', {
      clientId: client.id,
      familyId: family.id,
      ...decidedBy('refresh.reuse', inputs(family, family.generation - 1, context)),
    }),
  )
  return {
    ...granted,
    refreshToken: { familyId: family.id, generation: family.generation },
    changes: [],
    events: [],
  }
}

/** Old and outside the grace: someone else has a copy. Revoked in a write of its own, then refused. */
async function reused(family: Family, generation: number, request: GrantRequest): Promise<never> {
  const { client, context, exchange } = request
  const event = continueFlow(exchange, family.correlationId, context).event
  await context.store.write(
    [revokeFamilies({ id: family.id }, 'refresh token reused', context.platform.now())],
    [
      event('token.reused', {
        clientId: client.id,
        subject: family.userId,
        familyId: family.id,
        source: exchange.source,
        ...(exchange.userAgent === undefined ? {} : { userAgent: exchange.userAgent }),
        count: family.generation - generation,
        ...decidedBy('refresh.reuse', inputs(family, generation, context)),
      }),
    ],
  )
  return refuse(`generation ${generation} came after ${family.generation}; the family was revoked`)
}

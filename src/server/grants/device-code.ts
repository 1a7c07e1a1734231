/**
 * Device code: what the user allowed on another screen, fetched by the device that asked.
 *
 * The device asks again and again until there is an answer, and gets it once. That it asks twice at
 * the same moment is no attack, so a second redemption is refused and revokes nothing.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 | RFC 8628 §3.4}
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { DEVICE_GRANT_TYPE } from '../../protocol/client-metadata.ts'
import { insert, update } from '../../store/store.ts'
import type { DeviceCode } from '../../store/tables.ts'
import { checkSameResource } from '../authorization/resources.ts'
import { mayUse } from '../clients/client.ts'
import { continueFlow } from '../exchange.ts'
import { unrecorded } from '../refusal-record.ts'
import type { Authorization, Grant, GrantRequest } from './grant.ts'
import { newFamily } from './new-family.ts'
import { stillGiven } from './still-given.ts'

export const deviceCode: Grant = {
  grantType: DEVICE_GRANT_TYPE,
  clients: 'any',
  isOffered: ({ device }) => device.enabled,
  authorize,
}

/** By how much a device that is told to slow down has to, in seconds ({@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 | §3.5}). */
const SLOWER = 5

/** No device waits longer than this, in seconds, however often it did not. */
const LONGEST_INTERVAL = 60

/** Timers and networks are not exact, in milliseconds. */
const LENIENCE = 500

async function authorize(request: GrantRequest): Promise<Authorization> {
  const { params, context } = request
  const sent = params.get('device_code')
  if (sent === undefined) throw new OAuthError('invalid_request', 'device_code is missing.')
  const id = context.vault.hash('device_code', sent)
  const code = checkOwner(await context.store.find('deviceCodes', { id }), request)
  checkSameResource(params.all('resource'), code.resource)
  if (code.state === 'redeemed') return refuse('already spent')
  if (code.state === 'denied') {
    throw new OAuthError('access_denied', 'The user turned the request down.')
  }
  if (code.expiresAt <= context.platform.now()) {
    throw new OAuthError('expired_token', 'The user did not answer in time. Ask for a new code.')
  }
  return code.state === 'pending' ? wait(code, request) : decide(code, request)
}

/** One public sentence for every cause. */
function refuse(detail: string): never {
  throw new OAuthError('invalid_grant', 'The device code is not valid. Ask for a new one.', {
    detail,
  })
}

/** A code that another client holds is not spent, or strangers could do harm. */
function checkOwner(
  code: DeviceCode | undefined,
  { client, exchange, context }: GrantRequest,
): DeviceCode {
  if (code === undefined) return refuse('no such device code')
  if (code.clientId === client.id) {
    continueFlow(exchange, code.correlationId, context)
    return code
  }
  const event = eventMaker(context.platform, code.correlationId)
  context.onEvent(
    event('code.misused', {
      clientId: client.id,
      source: exchange.source,
      ...decidedBy('code.owner', { owner: code.clientId }),
    }),
  )
  return refuse(`issued to ${code.clientId}, sent by ${client.id}`)
}

/** “Not yet.” Of several questions at the same moment one came in time. */
async function wait(code: DeviceCode, request: GrantRequest): Promise<Authorization> {
  const { store, platform } = request.context
  const now = platform.now()
  const { id, interval, polledAt } = code
  const isEarly = polledAt !== null && now < polledAt + interval * 1000 - LENIENCE
  const slower = Math.min(interval + SLOWER, LONGEST_INTERVAL)
  const noted = await store.write([
    update(
      'deviceCodes',
      { id, state: 'pending', polledAt },
      { polledAt: now, ...(isEarly ? { interval: slower } : {}) },
    ),
  ])
  if (noted && !isEarly) {
    throw unrecorded(
      new OAuthError('authorization_pending', 'The user has not answered yet. Ask again later.'),
    )
  }
  // Perhaps it was not another question that came in between, but the answer.
  if (!noted && (await store.find('deviceCodes', { id, state: 'pending' })) === undefined) {
    return authorize(request)
  }
  throw unrecorded(
    new OAuthError('slow_down', `Too soon. Wait ${SLOWER} seconds longer from now on.`),
  )
}

async function decide(code: DeviceCode, request: GrantRequest): Promise<Authorization> {
  const { client, context, exchange } = request
  const { userId, authTime } = code
  if (userId === null || authTime === null) throw new TypeError('Nobody approved this device.')
  const remaining = await stillGiven({ ...code, userId }, request)
  const now = context.platform.now()
  const { event } = continueFlow(exchange, code.correlationId, context)
  const family = newFamily({ ...code, userId, authTime }, request)
  return {
    ...remaining,
    subject: userId,
    correlationId: code.correlationId,
    familyId: family.id,
    authTime,
    notAfter: family.expiresAt,
    ...(mayUse(client, 'refresh_token')
      ? { refreshToken: { familyId: family.id, generation: 0 } }
      : {}),
    ...(code.scopes.includes('openid') ? { idToken: { nonce: null, authTime } } : {}),
    changes: [
      update(
        'deviceCodes',
        { id: code.id, clientId: client.id, state: 'approved', expiresAt: { above: now } },
        { state: 'redeemed' },
      ),
      insert('families', family),
    ],
    events: [
      event('device.redeemed', {
        clientId: client.id,
        subject: userId,
        familyId: family.id,
        resource: code.resource,
      }),
    ],
    // Another question of the same device was answered first, or the user was cut off.
    lost: () => authorize(request),
  }
}

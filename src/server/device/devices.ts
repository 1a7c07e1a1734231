/**
 * Devices that wait for their user: from the question to the answer, each step one conditional write.
 *
 * A code belongs to the session that enters it first, so that whoever else learns it can neither
 * approve it nor turn it down.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 | RFC 8628 §3}
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import { randomToken } from '../../platform.ts'
import { insert, type Store, update } from '../../store/store.ts'
import type { DeviceCode } from '../../store/tables.ts'
import { secretPrefixes } from '../../vault/index.ts'
import type { SignedInUser } from '../authorization/standing.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { makeUserCode } from './user-code.ts'

/** Where users enter codes, below the issuer. */
export const DEVICE_PATH = '/device'

/** What a device asked for. */
export interface DeviceRequest {
  readonly clientId: string
  readonly resource: string
  readonly scopes: readonly string[]
}

/** What a device is told: one code for itself, one to show. */
export interface WaitingDevice {
  readonly deviceCode: string
  readonly userCode: string
}

/** How long what is over is still known to have been, in milliseconds. */
const REMEMBERED = 600_000

/** User codes are short, so one may come up while another device shows it. */
const MAX_DRAWS = 5

/** Keeps a question, and gives what the device is told. */
export async function keepDevice(
  request: DeviceRequest,
  exchange: Exchange,
  { platform, vault, settings, store }: ServerContext,
): Promise<WaitingDevice> {
  const now = platform.now()
  const expiresAt = now + settings.device.life * 1000
  const deviceCode = `${secretPrefixes.deviceCode}${randomToken(platform)}`
  const requested = exchange.event('device.requested', {
    clientId: request.clientId,
    resource: request.resource,
    source: exchange.source,
  })
  for (let draws = 0; draws < MAX_DRAWS; draws++) {
    const userCode = makeUserCode(platform)
    const row: DeviceCode = {
      ...request,
      id: vault.hash('device_code', deviceCode),
      userCodeHash: vault.hash('user_code', userCode),
      correlationId: exchange.correlationId,
      address: exchange.address,
      state: 'pending',
      sessionId: null,
      userId: null,
      authTime: null,
      familyId: randomToken(platform, 16),
      interval: settings.device.interval,
      polledAt: null,
      createdAt: now,
      expiresAt,
      keptUntil: expiresAt + REMEMBERED,
    }
    if (await store.write([insert('deviceCodes', row)], [requested]))
      return { deviceCode, userCode }
  }
  throw new TypeError('User codes keep coming up twice.')
}

/** The question behind a user code, for as long as it can be answered or was not long ago. */
export function findByUserCode(
  userCode: string,
  { store, vault }: Pick<ServerContext, 'store' | 'vault'>,
): Promise<DeviceCode | undefined> {
  return store.find('deviceCodes', { userCodeHash: vault.hash('user_code', userCode) })
}

/** Whether an answer can still be given. */
export const isOpen = ({ state, expiresAt }: DeviceCode, now: number): boolean =>
  state === 'pending' && expiresAt > now

/** Makes a question that nobody has looked at that of a session. `false` if another came first. */
export async function claimDevice(
  device: DeviceCode,
  { session }: SignedInUser,
  event: WarderEvent,
  { store, platform }: ServerContext,
): Promise<boolean> {
  const open = { id: device.id, state: 'pending', expiresAt: { above: platform.now() } } as const
  const claim = update('deviceCodes', { ...open, sessionId: null }, { sessionId: session.id })
  if (await store.write([claim], [event])) return true
  return (await store.find('deviceCodes', { ...open, sessionId: session.id })) !== undefined
}

/** Gives a question back, unanswered, so that whoever signs in next can enter its code. */
export async function releaseDevice(
  device: DeviceCode,
  { session }: SignedInUser,
  store: Store,
): Promise<void> {
  const mine = { id: device.id, state: 'pending', sessionId: session.id } as const
  await store.write([update('deviceCodes', mine, { sessionId: null })])
}

/** What a user answered: yes, to these scopes; or no. */
export type Answer =
  | { readonly approved: true; readonly scopes: readonly string[] }
  | { readonly approved: false }

/** Writes the answer of the session that entered the code. `false` if there is one, or time is over. */
export function answerDevice(
  device: DeviceCode,
  answer: Answer,
  { session, user }: SignedInUser,
  event: WarderEvent,
  { store, platform }: ServerContext,
): Promise<boolean> {
  const where = {
    id: device.id,
    state: 'pending',
    sessionId: session.id,
    expiresAt: { above: platform.now() },
  } as const
  const set: Partial<DeviceCode> = answer.approved
    ? { state: 'approved', scopes: answer.scopes, userId: user.id, authTime: session.authTime }
    : { state: 'denied', userId: user.id }
  return store.write([update('deviceCodes', where, set)], [event])
}

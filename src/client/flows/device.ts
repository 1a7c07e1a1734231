/**
 * Device Authorization Grant: the user types a short code on another machine.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628 | RFC 8628}
 * @module
 */

import * as oauth from 'oauth4webapi'
import type { Timers } from '../../timers.ts'
import type { DpopSigner } from '../dpop.ts'
import { ClientError } from '../errors.ts'
import { refusedBy } from '../failure.ts'
import { fromLibrary, libraryClient, libraryFetch, plainHttp } from '../library.ts'
import { checkOutwardUrl } from '../outward-url.ts'
import type { Party } from '../party.ts'
import { endpointOf } from '../server.ts'
import type { TokenAnswer, WantedTokenType } from '../token-answer.ts'
import { requestTokens } from '../token-request.ts'

/** What the user is told, and what the client waits with. */
export interface DeviceAuthorization {
  readonly deviceCode: string
  /** To be typed in. */
  readonly userCode: string
  /** Where to type it in. */
  readonly verificationUri: string
  /** The same with the code in it, for a QR code. */
  readonly verificationUriComplete: string | undefined
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** How long to wait between two questions, in milliseconds. */
  readonly intervalMs: number
}

/**
 * Asks for a code.
 *
 * @throws {ClientError} if the server refuses, or would send the user to an address that is not https.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 | RFC 8628 §3.1}
 */
export async function beginDevice(
  party: Party,
  parameters: Readonly<Record<string, string>>,
): Promise<DeviceAuthorization> {
  const { server, authentication, transport, platform } = party
  const url = endpointOf(server, 'device_authorization_endpoint')
  const client = libraryClient(party)
  const response = await oauth.deviceAuthorizationRequest(
    server.metadata,
    client,
    authentication.apply,
    { ...parameters },
    { ...plainHttp(server), [oauth.customFetch]: libraryFetch(transport, 'oauth:authorization') },
  )
  if (response.status !== 200) {
    const { status, headers } = response
    const json = await response.json().catch(() => undefined)
    throw refusedBy(new URL(url).host, { status, headers, json }, 'machine')
  }
  const answer = await oauth
    .processDeviceAuthorizationResponse(server.metadata, client, response)
    .catch((cause) => {
      throw fromLibrary(cause, url)
    })
  const check = (value: string): string =>
    checkOutwardUrl(value, { what: 'verification_uri', namedBy: server.issuer }).href
  const { verification_uri_complete: complete } = answer
  return {
    deviceCode: answer.device_code,
    userCode: visible(answer.user_code),
    verificationUri: check(answer.verification_uri),
    verificationUriComplete: complete === undefined ? undefined : check(complete),
    expiresAt: platform.now() + Math.min(answer.expires_in, MOST_SECONDS) * 1000,
    // §3.2: five seconds unless told.
    intervalMs: Math.max(1, Math.min(answer.interval ?? 5, 60)) * 1000,
  }
}

/** No one waits for longer than an hour. */
const MOST_SECONDS = 3_600

/** What is shown on a terminal must not move its cursor. */
function visible(code: string): string {
  if (/^[\x20-\x7e]{1,64}$/.test(code)) return code
  throw new ClientError('answer_malformed', undefined, { detail: 'user_code is not plain text' })
}

/** How to wait, and for what. */
export interface DeviceWait {
  /** `resource`, where there is one ({@link https://www.rfc-editor.org/rfc/rfc8707#section-2.2 | RFC 8707 §2.2}). */
  readonly wanted: Readonly<Record<string, string>>
  readonly timers: Timers
  /** The key that the tokens shall be bound to. */
  readonly dpop?: DpopSigner | undefined
  readonly tokenType: WantedTokenType
  /** Calls the waiting off. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Waits until the user has decided.
 *
 * @throws {ClientError} `refused` if the user says no, `timed_out` if nobody did anything.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 | RFC 8628 §3.4, §3.5}
 */
export async function finishDevice(
  party: Party,
  authorization: DeviceAuthorization,
  { wanted, timers, dpop, tokenType, signal }: DeviceWait,
): Promise<TokenAnswer> {
  let intervalMs = authorization.intervalMs
  for (;;) {
    await pause(timers, intervalMs, signal)
    if (party.platform.now() >= authorization.expiresAt) {
      throw new ClientError('timed_out', 'The code was not used in time. Start again.')
    }
    try {
      return await requestTokens(party, {
        grantType: 'urn:ietf:params:oauth:grant-type:device_code',
        parameters: { ...wanted, device_code: authorization.deviceCode },
        purpose: 'user',
        dpop,
        rules: { tokenType },
      })
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      if (error.serverCode === 'slow_down') intervalMs += 5_000
      // §3.5: a timeout asks for the interval to grow; what is unreachable may come back.
      else if (error.code === 'unreachable') intervalMs = Math.min(intervalMs * 2, 60_000)
      else if (error.code === 'try_later') intervalMs = Math.max(intervalMs, laterMs(error))
      else if (error.serverCode !== 'authorization_pending') throw error
    }
  }
}

const laterMs = ({ retryAfter = 0 }: ClientError): number => Math.min(retryAfter, 60) * 1000

function pause(timers: Timers, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      callOff()
      reject(new ClientError('timed_out', 'Waiting for the user was called off.'))
    }
    const callOff = timers.after(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    if (signal?.aborted === true) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

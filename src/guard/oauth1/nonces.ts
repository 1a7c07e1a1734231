/**
 * That a signed request comes once: its timestamp is about now, and its nonce was not there before.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.3 | RFC 5849 §3.3}
 * @module
 */

import { ConfigError, OAuthError } from '../../errors.ts'
import { memoryReplays } from '../../limits/replays/memory.ts'
import type { ReplayCache } from '../../limits/replays/replay-cache.ts'
import type { Platform } from '../../platform.ts'
import { refuseNonce, refuseTimestamp } from './problem.ts'
import type { Once, ProtocolParameters } from './protocol-parameters.ts'

/** How far timestamps may be off, and what remembers nonces. */
export interface NonceOptions {
  readonly platform: Platform
  /** In seconds, before and after the time of the server. */
  readonly window: number
  readonly replays?: ReplayCache | undefined
}

/** Lets each request in once. */
export interface Nonces {
  /** @throws {OAuthError} `invalid_token` if the timestamp is too far off. */
  checkTimestamp(once: Once): void
  /**
   * To be called last: what is refused for any other reason is not used up.
   *
   * @throws {OAuthError} `invalid_token` if the nonce was used, `temporarily_unavailable` if nobody
   * knows.
   */
  claim(sent: ProtocolParameters): Promise<void>
}

/**
 * Makes them.
 *
 * @throws {ConfigError} if the window is not one.
 */
export function createNonces({ platform, window, replays }: NonceOptions): Nonces {
  // Every nonce is remembered for twice as long.
  if (!(window >= 1 && window <= 3600)) {
    throw new ConfigError('timestampWindow', 'must be a number of seconds from 1 to 3600.')
  }
  const known = replays ?? ownReplays(platform, window)

  return {
    checkTimestamp({ timestamp }) {
      const now = Math.floor(platform.now() / 1000)
      if (Math.abs(timestamp - now) <= window) return
      refuseTimestamp(timestamp, now - window, now + window)
    },
    async claim({ consumerKey, token = '', once }) {
      if (once === undefined) return
      const { timestamp, nonce } = once
      const claimed = known.claim({
        kind: 'oauth1',
        parts: [consumerKey, token, String(timestamp), nonce],
        issuedAt: (timestamp - window) * 1000,
        expiresAt: (timestamp + window + 1) * 1000,
      })
      if (!(await claimed.catch(unavailable))) refuseNonce()
    },
  }
}

/**
 * Remembers nonces in this process. What was used before it is known by the timestamp alone, which is
 * not doubted here, or nobody would be let in during the first minutes.
 */
function ownReplays(platform: Platform, window: number): ReplayCache {
  return memoryReplays({ platform, knowsSince: platform.now() - (window + 1) * 1000 })
}

function unavailable(cause: unknown): never {
  throw new OAuthError(
    'temporarily_unavailable',
    'Signed requests cannot be checked at the moment. Try again.',
    { detail: `nonces that were used cannot be looked up: ${String(cause)}`, cause },
  )
}

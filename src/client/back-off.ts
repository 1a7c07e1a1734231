/**
 * Leaving a server alone for a while that could not answer: longer each time, never all at once, and as
 * long as it says.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { ClientError } from './errors.ts'

const FIRST_MS = 1_000
const MOST_MS = 60_000

/** Which of several things has failed, and when to try it again. */
export interface BackOff {
  /** The last failure, while it is too early to try again. */
  waiting(id: string): ClientError | undefined
  /** Notes a failure, if it is one that passes. */
  failed(id: string, error: unknown): void
  succeeded(id: string): void
}

/** Makes the memory of one client. */
export function createBackOff(platform: Platform): BackOff {
  const failures = new Map<
    string,
    { times: number; since: number; until: number; error: ClientError }
  >()
  return {
    waiting(id) {
      const failure = failures.get(id)
      const leftMs = (failure?.until ?? 0) - platform.now()
      // Before its beginning: the clock was set back, and says nothing of how long it has been.
      if (failure === undefined || leftMs <= 0 || platform.now() < failure.since) return undefined
      const { code, detail = '' } = failure.error
      const retryAfter = Math.ceil(leftMs / 1000)
      return new ClientError(code, `It is tried again in ${retryAfter} s.`, { detail, retryAfter })
    },
    failed(id, error) {
      if (!(error instanceof ClientError)) return
      if (error.code !== 'unreachable' && error.code !== 'try_later') return
      const times = (failures.get(id)?.times ?? 0) + 1
      const fullMs = Math.min(FIRST_MS * 2 ** (times - 1), MOST_MS)
      const [chance = 0] = platform.random(1)
      // Between half of it and all of it, so that many clients do not come back together.
      const ms = Math.max((fullMs * (1 + chance / 255)) / 2, (error.retryAfter ?? 0) * 1000)
      const since = platform.now()
      failures.set(id, { times, since, until: since + ms, error })
    },
    succeeded: (id) => void failures.delete(id),
  }
}

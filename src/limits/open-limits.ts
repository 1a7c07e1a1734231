/**
 * Limits as the settings have them: in Redis if there is one, otherwise in this process.
 *
 * @module
 */

import { type EventFields, type EventSink, eventMaker } from '../events.ts'
import { newCorrelationId, randomToken } from '../platform.ts'
import { type Limits, type LimitsContext, localLimits } from './limits.ts'
import { sharedInvalidation } from './redis/invalidation.ts'
import { parseRedisUrl } from './redis/location.ts'
import { sharedRateLimiter } from './redis/rate-limiter.ts'
import { openRedis } from './redis/redis.ts'
import { redisReplays } from './redis/replays.ts'
import type { LimitsSettings } from './settings.ts'

/** What opening limits takes. */
export interface OpenLimitsOptions extends LimitsContext {
  /** The URL of a Redis; without it, this process counts for itself. */
  readonly url: string | undefined
  readonly settings: LimitsSettings
  /** What tells installations on one Redis apart: the issuer. */
  readonly installation: string
  readonly onEvent: EventSink
  onWarning(warning: string): void
}

/** Beyond this the clocks of two machines are not set. */
const CLOCK_DOUBT = 5_000

/**
 * Opens the limits.
 *
 * @throws {ConfigError} if the URL is none, or its Redis will never do. It never repeats the URL.
 */
export async function openLimits(options: OpenLimitsOptions): Promise<Limits> {
  const { url, settings, platform, store, installation, onEvent, onWarning } = options
  if (url === undefined) return localLimits({ store, platform })
  const prefix = `warder:${installation}:`
  const tell = (type: 'limits.away' | 'limits.back', fields?: EventFields) =>
    onEvent(eventMaker(platform, newCorrelationId(platform))(type, fields))
  const redis = await openRedis({
    location: parseRedisUrl(url),
    deadlineMs: settings.timeout,
    probeKey: `${prefix}probe`,
    platform,
    onAway: (reason) => tell('limits.away', { reason }),
    onBack: () => tell('limits.back'),
  })
  redis.onSession(({ openedAt }) => {
    const ahead = Math.round((openedAt - platform.now()) / 1000)
    if (Math.abs(ahead) * 1000 <= CLOCK_DOUBT) return
    onWarning(
      `The clock of Redis (limits.url) is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's. Set both by NTP, or good proofs are refused.`,
    )
  })
  const invalidation = sharedInvalidation({
    redis,
    channel: `${prefix}changes`,
    sender: randomToken(platform, 12),
  })
  return {
    rateLimiter(name, rule) {
      const refusesAlone = rule.guardsSignIn === true && settings.whenAway === 'refuse'
      const keys = `${prefix}rate:${name}:`
      return sharedRateLimiter({ redis, platform, prefix: keys, rule, refusesAlone })
    },
    replays: redisReplays({ redis, store, platform, prefix: `${prefix}replays:` }),
    invalidation,
    async close() {
      await invalidation.settled()
      redis.close()
    },
  }
}

/**
 * A replay cache in Redis, which may lose what it knew: by a restart, by a failover to a replica
 * that lags behind, by someone who empties it.
 *
 * A marker beside the claims says which run of the server they were made in, and since when. It is
 * kept in the durable store too. Where the three disagree, claims may have been lost: a new marker
 * begins, and what may have been presented before it is refused until its own time is over.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-11.1 | RFC 9449 §11.1}
 * @module
 */

import type { Platform } from '../../platform.ts'
import type { Store } from '../../store/store.ts'
import { LimitsUnavailable } from '../errors.ts'
import {
  findKnownSince,
  formatKnownSince,
  type KnownSince,
  parseKnownSince,
  replaceKnownSince,
} from '../replays/known-since.ts'
import { CLOCKS_APART, claimKey, type ReplayCache } from '../replays/replay-cache.ts'
import type { Redis } from './redis.ts'
import type { RedisSession } from './session.ts'

/**
 * Claims a key under a marker: 1 if it is new, 0 if it is not or its time is over, -1 if the marker
 * is another. Only the server's clock says when a key is forgotten, and refuses it from then on, so
 * that no process whose clock is behind finds it new again.
 */
const CLAIM = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local time = redis.call('TIME')
local left = tonumber(ARGV[2]) - time[1] * 1000 - math.floor(time[2] / 1000)
if left <= 0 then return 0 end
if redis.call('SET', KEYS[2], '', 'NX', 'PX', left) then return 1 end
return 0
`

/** Puts a marker in the place of another; its time is not before the server's. */
const BEGIN = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local at = tonumber(ARGV[2])
if at > 0 then at = math.max(at, time[1] * 1000 + math.ceil(time[2] / 1000)) end
redis.call('SET', KEYS[1], string.format('%.0f %s', at, ARGV[3]))
return 1
`

/** More than the processes that may begin at once could need. */
const MAX_TRIES = 20

/** What it works with. */
export interface RedisReplayContext {
  readonly redis: Redis
  readonly store: Store
  readonly platform: Pick<Platform, 'now'>
  /** What its keys in Redis begin with. */
  readonly prefix: string
}

/** Makes a replay cache that is as fast as Redis, and no less safe than the store. */
export function redisReplays(context: RedisReplayContext): ReplayCache {
  const { redis, platform, prefix } = context
  const marker = `${prefix}since`
  let known: { readonly session: RedisSession; readonly since: KnownSince } | undefined

  /** What this connection has shown; a new connection may be to a server that knows less. */
  const current = async () => {
    const { session } = redis
    if (session === undefined) throw new LimitsUnavailable({ detail: 'Redis is away' })
    if (known?.session !== session) {
      known = { session, since: await settle({ ...context, session, marker }) }
    }
    return known
  }

  return {
    async claim(presented) {
      const key = prefix + (await claimKey(presented))
      const until = String(presented.expiresAt + CLOCKS_APART)
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const { session, since } = await current()
        if (presented.issuedAt <= since.at || presented.expiresAt <= platform.now()) return false
        if (redis.session !== session) continue
        const answer = await redis.run(CLAIM, [marker, key], [formatKnownSince(since), until])
        if (answer !== -1) return answer === 1
        known = undefined
      }
      throw new LimitsUnavailable({ detail: 'Redis keeps losing the marker of the replay cache' })
    },
  }
}

/** Finds since when claims are known here, and begins anew where the witnesses disagree. */
async function settle(
  context: RedisReplayContext & { readonly session: RedisSession; readonly marker: string },
): Promise<KnownSince> {
  const { redis, store, platform, session, marker } = context
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const kept = await findKnownSince(store)
    const text = String((await redis.run(READ, [marker], [])) ?? '')
    const shown = parseKnownSince(text)
    if (shown !== undefined && shown.place === session.runId) {
      if (shown.at === kept?.at && shown.place === kept.place) return shown
      // Later than what is kept: another process has begun, and may have ended before it said so.
      if (kept === undefined || shown.at > kept.at) {
        if (await replaceKnownSince(store, kept, shown)) return shown
        continue
      }
    }
    // Nothing was ever claimed where nothing is kept, so nothing can have been lost.
    const at = kept === undefined ? 0 : Math.max(platform.now(), kept.at + 1)
    await redis.run(BEGIN, [marker], [text, String(at), session.runId])
  }
  throw new LimitsUnavailable({ detail: 'others keep changing where claims are kept' })
}

/** Reads the marker. */
const READ = `return redis.call('GET', KEYS[1])`

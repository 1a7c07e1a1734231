/** Where state is kept. One more is one more file and one more line here. */

import { startRedis } from '../../scripts/services/index.mjs'
import { postgres } from './postgres.mjs'
import { sqlite } from './sqlite.mjs'

export const stores = {
  sqlite,
  postgres,
  /** Redis holds limits, replays and invalidation only, so state is beside it in PostgreSQL. */
  async redis(options) {
    const [state, redis] = await Promise.all([postgres(options), startRedis(options.redis)])
    return {
      ...state,
      name: 'redis',
      redis,
      limitsUrl: redis.url,
      close: () => Promise.all([state.close(), redis.stop()]),
    }
  },
}

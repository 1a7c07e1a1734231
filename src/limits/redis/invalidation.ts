/**
 * Saying that something changed to all processes, by Redis' publish and subscribe.
 *
 * @see {@link https://redis.io/docs/latest/develop/pubsub/ | Redis Pub/Sub}: at most once
 * @module
 */

import { type Invalidation, localInvalidation } from '../invalidation.ts'
import type { Redis } from './redis.ts'

/** What it works with. */
export interface SharedInvalidation {
  readonly redis: Redis
  readonly channel: string
  /** Tells the words of this process from those of others. */
  readonly sender: string
}

/** Invalidation whose words are on their way for a moment. */
export interface RemoteInvalidation extends Invalidation {
  /** Resolves when the last word has reached Redis, or cannot. */
  settled(): Promise<void>
}

/** Makes a channel to all processes. */
export function sharedInvalidation(options: SharedInvalidation): RemoteInvalidation {
  const { redis, channel, sender } = options
  const local = localInvalidation()
  let last: Promise<unknown> | undefined
  redis.onSession((session) => {
    const listen = session.subscribe(channel, (message) => {
      const [from, topic, key] = parseWord(message)
      if (topic !== undefined && key !== undefined && from !== sender) local.publish(topic, key)
    })
    // Before it listened, words may have been said. Whatever ends the connection ends this too.
    listen.then(local.doubtAll, () => {})
  })
  return {
    subscribe: local.subscribe,
    publish(topic, key) {
      local.publish(topic, key)
      const word = JSON.stringify([sender, topic, key])
      // Without it the others learn a little later.
      last = redis.session?.send('PUBLISH', channel, word).catch(() => {})
    },
    async settled() {
      await last
    },
  }
}

function parseWord(message: string): readonly string[] {
  try {
    const word: unknown = JSON.parse(message)
    return Array.isArray(word) && word.every((part) => typeof part === 'string') ? word : []
  } catch {
    // Somebody else's word on our channel.
    return []
  }
}

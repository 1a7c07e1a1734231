/**
 * Saying that something changed to whoever keeps a copy of it.
 *
 * It only makes copies fresh sooner. What must hold is read from the store, or a copy's own time
 * ends it: a word may be lost.
 *
 * @module
 */

/** Hears what changed; `undefined` means that words may have been lost, so anything may have. */
export type InvalidationListener = (key: string | undefined) => void

/** Words between those that change something and those that keep a copy. */
export interface Invalidation {
  /** Tells everyone, in this process at once. Does not wait and does not fail. */
  publish(topic: string, key: string): void
  /** @returns What ends it. */
  subscribe(topic: string, listener: InvalidationListener): () => void
}

/** Invalidation within one process. */
export interface LocalInvalidation extends Invalidation {
  /** Tells everyone in this process that words may have been lost. */
  doubtAll(): void
}

/** Makes a channel within this process. */
export function localInvalidation(): LocalInvalidation {
  const listeners = new Map<string, Set<InvalidationListener>>()
  return {
    publish(topic, key) {
      for (const listener of listeners.get(topic) ?? []) listener(key)
    },
    subscribe(topic, listener) {
      const those = listeners.get(topic) ?? new Set()
      listeners.set(topic, those.add(listener))
      return () => void those.delete(listener)
    },
    doubtAll() {
      for (const those of listeners.values()) for (const listener of those) listener(undefined)
    },
  }
}

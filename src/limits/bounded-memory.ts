/**
 * Values by key, in a memory that does not grow with the number of keys it meets.
 *
 * @module
 */

/** Remembers values; those not set for longest are forgotten first. */
export interface BoundedMemory<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/**
 * Remembers at most so many values, in two generations: when the newer is full it becomes the
 * older, and what was older and not used since is forgotten. This takes the same time however many
 * keys there are, where taking the oldest out of one map would search for it.
 */
export function createBoundedMemory<V>(maxKeys: number): BoundedMemory<V> {
  let newer = new Map<string, V>()
  let older: ReadonlyMap<string, V> = new Map()
  return {
    // A value may be `undefined`: it stands for one that was forgotten on purpose.
    get: (key) => (newer.has(key) ? newer : older).get(key),
    set(key, value) {
      if (newer.size >= maxKeys / 2 && !newer.has(key)) {
        older = newer
        newer = new Map()
      }
      newer.set(key, value)
    },
  }
}

/**
 * When keys were last used: noted in memory, and written together once a minute.
 *
 * It tells people which keys nobody uses any more, and decides nothing. So it may be two minutes behind,
 * of two processes that write at once the earlier may win, and what a crash loses is lost.
 *
 * @module
 */

import { type Store, updateAll } from '../../store/store.ts'
import type { ApiKey } from '../../store/tables.ts'
import type { Timers } from '../../timers.ts'

/** Notes uses. */
export interface LastUses {
  /** Notes a use of a key, unless the last that was written is as good as now. */
  note(key: Pick<ApiKey, 'id' | 'usedAt'>, at: number): void
  /** Writes what was noted, and notes nothing more. */
  close(): Promise<void>
}

/** How long a use waits to be written, and how much later the next has to be, in milliseconds. */
const WRITE_AFTER = 60_000

/** Keys that are noted within that time. Those beyond are noted when they are used again. */
const MOST_NOTED = 10_000

/** Rows that one transaction changes: a thousand would hold SQLite's lock for long. */
const AT_ONCE = 200

/** Keeps when keys were last used. */
export function lastUses(store: Pick<Store, 'write'>, timers: Timers): LastUses {
  let noted = new Map<string, number>()
  let writing = Promise.resolve()
  let callOff: (() => void) | undefined
  let isClosed = false

  const write = (): Promise<void> => {
    callOff?.()
    callOff = undefined
    const uses = [...noted]
    noted = new Map()
    // One after the other, so that no earlier time overwrites a later one.
    writing = writing.then(() => writeAll(uses, store))
    return writing
  }
  return {
    note({ id, usedAt }, at) {
      if (isClosed || (usedAt !== null && at < usedAt + WRITE_AFTER)) return
      if (noted.size >= MOST_NOTED && !noted.has(id)) return
      noted.set(id, at)
      callOff ??= timers.after(WRITE_AFTER, write)
    },
    async close() {
      isClosed = true
      await write()
    },
  }
}

async function writeAll(
  uses: readonly (readonly [string, number])[],
  store: Pick<Store, 'write'>,
): Promise<void> {
  for (let first = 0; first < uses.length; first += AT_ONCE) {
    const some = uses.slice(first, first + AT_ONCE)
    const changes = some.map(([id, usedAt]) => updateAll('apiKeys', { id }, { usedAt }))
    try {
      await store.write(changes)
    } catch {
      // The store is away, and whoever needs it says so. Keys in use are noted again in a moment.
      return
    }
  }
}

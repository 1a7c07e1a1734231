/**
 * When keys were last used: noted in memory with each request, and written together now and then.
 *
 * It tells people which keys nobody uses any more, and decides nothing. So it may be a minute behind,
 * of two processes that write at once the earlier may win, and what a crash loses is lost.
 *
 * @module
 */

import type { Store } from '../../store/store.ts'
import { updateAll } from '../../store/store.ts'
import type { Timers } from '../../timers.ts'

/** Notes uses. */
export interface LastUses {
  note(id: string, at: number): void
  /** Writes what was noted, and notes nothing more. */
  close(): Promise<void>
}

/** How long a use may wait to be written, in milliseconds. */
const WRITE_AFTER = 60_000

/** Keys that are noted at once. Beyond it they are written sooner. */
const MOST_NOTED = 10_000

/** Rows that one transaction changes: a thousand would hold SQLite's lock for long. */
const AT_ONCE = 200

/** Keeps when keys were last used. */
export function lastUses(store: Store, timers: Timers): LastUses {
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
    note(id, at) {
      if (isClosed) return
      noted.set(id, at)
      callOff ??= timers.after(WRITE_AFTER, write)
      if (noted.size >= MOST_NOTED) void write()
    },
    async close() {
      isClosed = true
      await write()
    },
  }
}

async function writeAll(uses: readonly (readonly [string, number])[], store: Store): Promise<void> {
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

/**
 * Whether the next commit is flushed to the disk.
 *
 * One that is not outlives this process at once, and the machine from the next on that is. Told before a
 * commit, never put back after it: whatever went wrong there, the next that must be flushed says so itself,
 * or fails.
 *
 * @see {@link https://www.sqlite.org/pragma.html#pragma_synchronous | PRAGMA synchronous}
 * @module
 */

import type { Outlives } from '../store.ts'
import type { SqliteConnection } from './drivers/driver.ts'

const NORMAL = 1
const FULL = 2

/** Makes what has a connection flush the next commit, as it was configured to, or not. */
export function flushing(connection: SqliteConnection): (outlives: Outlives) => void {
  const row = connection.prepare('pragma synchronous').get([])
  const isThere = typeof row === 'object' && row !== null && 'synchronous' in row
  const configured = isThere ? Number(row.synchronous) : FULL
  let now = configured
  return (outlives) => {
    const wanted = outlives === 'machine' ? configured : Math.min(configured, NORMAL)
    if (wanted === now) return
    // Refused within a transaction, in which no other can begin either.
    connection.exec(`pragma synchronous = ${wanted}`)
    now = wanted
  }
}

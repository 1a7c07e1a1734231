/**
 * Moving what was committed from the log into the file, beside the thread that commits.
 *
 * Left to itself, the commit that finds the log at its bound moves all of it and flushes twice: 15 ms, in
 * which this process answers nobody. SQLite's own bound stays, further away: by then most of it has been
 * moved, and the log can begin anew, which nobody else can make it do while there are writes.
 *
 * @see {@link https://www.sqlite.org/wal.html#ckpt | Checkpointing}
 * @module
 */

import type { SqliteAside, SqliteConnection } from './drivers/driver.ts'

/** Rows that are changed between two; each is on a page or four. */
const ROWS = 300
/** Pages of the log at which the commit itself moves what is left of it: 16 MB. */
const BOUND = 4_000

/** Moves the log now and then. */
export interface Checkpoints {
  /** Notes that a commit changed so many rows. Neither waits nor throws. */
  committed(rows: number): void
  /** Resolves when what was committed before is in the file, or that has failed. Never rejects. */
  make(): Promise<void>
  /** Resolves when none is under way, and nothing is open beside any more. */
  close(): Promise<void>
}

/** @param openAside - Opens what can do so; nothing if there is no file. */
export function checkpoints(
  connection: SqliteConnection,
  openAside: (() => Promise<SqliteAside>) | undefined,
): Checkpoints {
  if (openAside === undefined)
    return { committed: () => {}, make: async () => {}, close: async () => {} }
  let rows = 0
  let aside: SqliteAside | undefined
  let underWay: Promise<void> | undefined
  let closed = false
  /** Whether the last one failed: to start a thread in vain takes longer than a commit. */
  let isRefused = false

  const begin = async () => {
    aside = await openAside()
    connection.exec(`pragma wal_autocheckpoint = ${BOUND}`)
    return aside
  }
  const checkpoint = async () => {
    try {
      const opened = aside ?? (await begin())
      await opened.exec('pragma wal_checkpoint(passive)')
      isRefused = false
    } catch {
      // As SQLite does with its own: nothing is lost, it is all in the log. The next one is made by what is
      // opened then, for this may be a thread that has ended.
      isRefused = true
      await aside?.close().catch(() => {})
      aside = undefined
    }
    underWay = undefined
  }
  const start = () => {
    rows = 0
    underWay = checkpoint()
    return underWay
  }
  return {
    committed(changed) {
      rows += changed
      if (rows >= ROWS && underWay === undefined && !closed) start()
    },
    async make() {
      // It may have begun before the last commit.
      await underWay
      if (!closed && !isRefused) await (underWay ?? start())
    },
    async close() {
      closed = true
      await underWay
      await aside?.close()
    },
  }
}

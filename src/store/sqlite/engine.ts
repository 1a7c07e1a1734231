/**
 * What runs statements on a SQLite file.
 *
 * @module
 */

import { monotonic } from '../../monotonic.ts'
import type { FlatRow } from '../encoding.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { outage } from '../sql/fault.ts'
import { restAfter } from '../sql/pace.ts'
import { patiently } from '../sql/patience.ts'
import type { Statement, Step } from '../sql/statement.ts'
import type { Outlives } from '../store.ts'
import { type Checkpoints, checkpoints } from './checkpoints.ts'
import { faultOf, isBusy, sqliteDialect } from './dialect.ts'
import type { SqliteAside, SqliteConnection, SqliteStatement } from './drivers/driver.ts'
import { flushing } from './flushing.ts'
import { commitTogether, type Outcome } from './group.ts'
import { eventLoopRound } from './round.ts'
import { type Commit, WriteQueue } from './write-queue.ts'

/**
 * An engine on an open connection, which closes with it.
 *
 * @param patience - Milliseconds to wait for another process that writes.
 * @param openAside - Opens the same file beside this thread, if there is a file.
 */
export const sqliteEngine = (
  connection: SqliteConnection,
  patience: number,
  openAside?: () => Promise<SqliteAside>,
): SqlEngine =>
  new SqliteEngine(keepingPrepared(connection), patience, checkpoints(connection, openAside))

/** How many rows a group of writes changed. */
const rowsOf = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((sum, outcome) => sum + ('hits' in outcome ? (outcome.hits ?? 0) : 0), 0)

/** Commits of this process, to whichever file: it may have one open twice. */
let commits = 0

/** What was asked of the database, and when: in which round of the event loop, after which commit. */
interface Asked {
  readonly version: number | undefined
  readonly round: number
  readonly commits: number
}

class SqliteEngine implements SqlEngine {
  readonly dialect = sqliteDialect
  readonly #connection: SqliteConnection
  readonly #patience: number
  readonly #writes: WriteQueue
  readonly #reads = new Set<Promise<unknown>>()
  readonly #checkpoints: Checkpoints
  /** Milliseconds, of the last commit. */
  #took = 0
  #asked: Asked | undefined

  constructor(connection: SqliteConnection, patience: number, checkpoints: Checkpoints) {
    this.#connection = connection
    this.#patience = patience
    this.#checkpoints = checkpoints
    const flushFor = flushing(connection)
    const commit: Commit = (writes, outlives) => {
      commits += 1
      flushFor(outlives)
      const begun = monotonic()
      const outcomes = commitTogether(connection, writes)
      this.#took = monotonic() - begun
      checkpoints.committed(rowsOf(outcomes))
      return outcomes
    }
    this.#writes = new WriteQueue(commit, patience)
  }

  /**
   * Asked once in a round of the event loop. A round deals with what had arrived when it began, so what
   * others had committed before any of it was sent is seen by the first who asks.
   */
  version(): number | undefined {
    const round = eventLoopRound()
    if (this.#asked?.round !== round || this.#asked.commits !== commits) {
      this.#asked = { version: this.#readVersion(), round, commits }
    }
    return this.#asked.version
  }

  #readVersion(): number | undefined {
    try {
      const row = this.#connection.prepare('pragma data_version').get([])
      const isThere = typeof row === 'object' && row !== null && 'data_version' in row
      return isThere ? Number(row.data_version) : undefined
    } catch (error) {
      if (isBusy(error)) return undefined
      throw outage(error, faultOf(error))
    }
  }

  async rows(statement: Statement): Promise<readonly FlatRow[]> {
    try {
      return this.#read(statement)
    } catch (error) {
      if (isBusy(error)) return this.#readPatiently(statement)
      throw outage(error, faultOf(error))
    }
  }

  async first(statement: Statement): Promise<FlatRow | undefined> {
    try {
      const { sql, parameters } = statement
      // As with rows; undefined if there is none.
      return this.#connection.prepare(sql).get(parameters) as FlatRow | undefined
    } catch (error) {
      if (isBusy(error)) return (await this.#readPatiently(statement))[0]
      throw outage(error, faultOf(error))
    }
  }

  async transact(steps: readonly Step[], outlives?: Outlives): Promise<boolean> {
    return (await this.#writes.add(steps, outlives)) !== undefined
  }

  async change(statement: Statement, outlives?: Outlives): Promise<number> {
    return (await this.#writes.add([{ ...statement, hits: 'any' }], outlives)) ?? 0
  }

  /** Has few pages moved at a time: to flush those of a thousand holds up whoever commits meanwhile. */
  async rest(): Promise<void> {
    const took = this.#took
    const begun = monotonic()
    await this.#checkpoints.make()
    await restAfter(took + monotonic() - begun)
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#writes.settled(), ...this.#reads])
    try {
      await this.#checkpoints.close()
      // Moves what was written into the main file, so that a copy of it is complete.
      this.#connection.prepare('pragma wal_checkpoint(truncate)').all([])
    } catch (error) {
      throw outage(error, faultOf(error))
    } finally {
      this.#connection.close()
    }
  }

  #read({ sql, parameters }: Statement): readonly FlatRow[] {
    // A statement that returns rows returns objects with a property for each column.
    return this.#connection.prepare(sql).all(parameters) as readonly FlatRow[]
  }

  /** Readers are in nobody's way, except while a log is recovered or its last user leaves. */
  async #readPatiently(statement: Statement): Promise<readonly FlatRow[]> {
    const reading = patiently(async () => this.#read(statement), {
      patience: this.#patience,
      isBusy,
    })
    this.#reads.add(reading)
    try {
      return await reading
    } catch (error) {
      throw outage(error, faultOf(error))
    } finally {
      this.#reads.delete(reading)
    }
  }
}

/** Statements kept prepared. Their texts follow from our own code, so there are few. */
const KEPT_STATEMENTS = 500

/** The same connection, on which a statement is prepared once. */
function keepingPrepared(connection: SqliteConnection): SqliteConnection {
  const kept = new Map<string, SqliteStatement>()
  return {
    exec: (sql) => connection.exec(sql),
    prepare(sql) {
      const known = kept.get(sql)
      if (known !== undefined) return known
      if (kept.size >= KEPT_STATEMENTS) kept.clear()
      const statement = connection.prepare(sql)
      kept.set(sql, statement)
      return statement
    },
    close() {
      kept.clear()
      connection.close()
    },
  }
}

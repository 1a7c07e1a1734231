/**
 * What runs statements on PostgreSQL, and on what speaks its protocol.
 *
 * Every change is conditional and runs at READ COMMITTED: a row that it had to wait for is looked at
 * again once it is free. Nothing is used that CockroachDB or YugabyteDB lack, such as advisory locks.
 *
 * @see {@link https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED | Read Committed}
 * @module
 */

import type { PoolClient } from 'pg'
import { monotonic } from '../../monotonic.ts'
import type { Platform } from '../../platform.ts'
import type { FlatRow } from '../encoding.ts'
import { StoreUnavailable } from '../errors.ts'
import type { SqlDialect } from '../sql/dialect.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { outage } from '../sql/fault.ts'
import { restAfter } from '../sql/pace.ts'
import type { Statement, Step } from '../sql/statement.ts'
import type { Connections } from './connections.ts'
import {
  faultOf,
  isOutdated,
  isUndone,
  privilegeFault,
  serverCode,
  withoutValues,
} from './faults.ts'
import { GatheredReads } from './gathered-reads.ts'
import { inLockOrder } from './lock-order.ts'
import { dropExpired } from './partitions.ts'
import { PreparedNames } from './prepared-names.ts'
import { type SingleStatement, SingleStatements } from './single-statement.ts'

/** How often something is tried again that has done nothing. */
const RETRIES = 3

/** What an engine is made of. */
export interface EngineParts {
  /** Close with the engine. */
  readonly connections: Connections
  readonly platform: Platform
  /** Whether connections keep what they have prepared. */
  readonly prepares: boolean
  readonly dialect: SqlDialect
}

/** An engine on connections. */
export const postgresEngine = (parts: EngineParts): SqlEngine => new PostgresEngine(parts)

class PostgresEngine implements SqlEngine {
  readonly dialect: SqlDialect
  readonly #connections: Connections
  readonly #platform: Platform
  readonly #names: PreparedNames | undefined
  /** Milliseconds, of the last change, without what it waited for a connection. */
  #took = 0
  readonly #singles = new SingleStatements()
  readonly #reads = new GatheredReads(async (statement) => {
    const { rows } = await this.#run((client) => this.#query(client, statement))
    return rows
  })

  constructor({ connections, platform, prepares, dialect }: EngineParts) {
    this.dialect = dialect
    this.#connections = connections
    this.#platform = platform
    this.#names = prepares ? new PreparedNames() : undefined
  }

  rows(statement: Statement): Promise<readonly FlatRow[]> {
    return this.#reads.rows(statement)
  }

  async transact(steps: readonly Step[]): Promise<boolean> {
    if (steps.length === 0) return true
    const single = this.#singles.of(steps)
    try {
      return await this.#run((client) =>
        single === undefined ? this.#inTurn(client, steps) : this.#atOnce(client, single),
      )
    } catch (error) {
      if (faultOf(error) === 'taken') return false
      throw error
    }
  }

  async change(statement: Statement): Promise<number> {
    const { rowCount } = await this.#run(async (client) => {
      const begun = monotonic()
      try {
        return await this.#query(client, statement)
      } finally {
        this.#took = monotonic() - begun
      }
    })
    return rowCount ?? 0
  }

  rest(): Promise<void> {
    return restAfter(this.#took)
  }

  dropExpired(table: string, now: number): Promise<string> {
    return dropExpired(this, table, now)
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #atOnce(client: PoolClient, statement: SingleStatement): Promise<boolean> {
    try {
      const { rows } = await this.#query(client, statement)
      return rows[0]?.done === 1
    } catch (error) {
      if (isUndone(error)) return false
      throw error
    }
  }

  async #inTurn(client: PoolClient, steps: readonly Step[]): Promise<boolean> {
    await client.query('begin isolation level read committed')
    try {
      for (const step of inLockOrder(steps)) {
        const { rowCount } = await this.#query(client, step)
        if (step.hits === 'any' || rowCount === 1) continue
        await client.query('rollback')
        return false
      }
      // If the answer to this is lost, nobody knows; the caller is told so, and nothing is repeated.
      await client.query('commit')
      return true
    } catch (error) {
      // Without a code the connection is lost, and the server rolls back by itself.
      if (serverCode(error) !== undefined) await client.query('rollback')
      throw error
    }
  }

  #query(client: PoolClient, { sql, parameters }: SingleStatement) {
    const name = this.#names?.of(sql)
    // What takes no parameters is of the schema or of a transaction, and not worth preparing.
    if (parameters.length === 0) return client.query<FlatRow>(sql)
    return client.query<FlatRow>({ text: sql, values: [...parameters], ...(name && { name }) })
  }

  /**
   * Runs something, again if it is known to have done nothing and may succeed another time.
   *
   * @throws {StoreUnavailable} if the database cannot serve.
   */
  async #run<R>(action: (client: PoolClient) => Promise<R>): Promise<R> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#connections.use(action)
      } catch (error) {
        if (retries === RETRIES || !(await this.#mayRetry(error, retries))) throw thrown(error)
      }
    }
  }

  /** Whether to try again. Resolves when to. */
  async #mayRetry(error: unknown, retries: number): Promise<boolean> {
    if (isOutdated(error)) {
      this.#names?.renew()
      return true
    }
    if (faultOf(error) !== 'busy') return false
    // Those who were in each other's way would meet again if they came back at the same time.
    const [chance = 0] = this.#platform.random(1)
    const pause = (chance / 256) * 10 * 4 ** retries
    await new Promise((resolve) => setTimeout(resolve, pause))
    return true
  }
}

/** What a caller is to see of an error. */
function thrown(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  return privilegeFault(error) ?? outage(withoutValues(error), faultOf(error))
}

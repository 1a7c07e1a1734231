/**
 * Connections to PostgreSQL: so many, and so many who wait for one.
 *
 * Who comes when the queue is full is turned away at once, and who is in it waits only so long: a
 * database that has slowed down must not be buried under what nobody waits for any more.
 *
 * @module
 */

import type { Pool, PoolClient } from 'pg'
import { StoreUnavailable } from '../errors.ts'
import type { Address } from './address.ts'
import { isUsableAfter } from './faults.ts'

/** How connections are made and shared. Times are in milliseconds. */
export interface ConnectionOptions {
  /** Connections at most. */
  readonly pool: number
  /** Who may wait for one, at most. */
  readonly queue: number
  /** How long to wait for one, and for a new one to be made. */
  readonly patience: number
  /** How long a statement may wait for a lock. */
  readonly lockTimeout: number
  /** How long a statement may run; 0 for as long as it does. */
  readonly statementTimeout: number
}

/** Beyond what the server allows a statement, before the server itself is taken for lost. */
const GRACE = 1000
/** How long a connection that nobody uses is kept. */
const IDLE = 30_000

/** A pool of connections and the queue before it. */
export class Connections {
  readonly #pool: Pool
  /** Actions that may be under way, with a connection or waiting for one. */
  readonly #most: number
  #underWay = 0
  #onIdle = () => {}

  private constructor(pool: Pool, most: number) {
    this.#pool = pool
    this.#most = most
    // A connection that is lost while nobody uses it concerns nobody; unheard, it would end the
    // process. Who uses one hears of it from what they asked.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** Connects to nothing yet. */
  static async to(address: Address, options: ConnectionOptions): Promise<Connections> {
    // Loaded only when it is used.
    const { default: pg } = await import('pg')
    const { host, port, user, password, database, ssl } = address
    const { pool, queue, patience, statementTimeout } = options
    const settings = sessionSettings(address, options)
    return new Connections(
      new pg.Pool({
        ...{ host, port, user, password, database, ssl },
        ...(settings !== '' && { options: settings }),
        application_name: address.applicationName,
        max: pool,
        connectionTimeoutMillis: patience,
        idleTimeoutMillis: IDLE,
        ...(statementTimeout > 0 && { query_timeout: statementTimeout + GRACE }),
        allowExitOnIdle: true,
        keepAlive: true,
        types: { getTypeParser: parserOf },
      }),
      pool + queue,
    )
  }

  /**
   * Lends a connection to an action, which starts and ends no transaction that outlives it.
   *
   * @throws {StoreUnavailable} if too many wait already.
   * @throws what the pool throws if none can be had, and what the action throws.
   */
  async use<T>(action: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#most) {
      throw new StoreUnavailable({ detail: 'too many wait for a connection' })
    }
    this.#underWay++
    try {
      return await this.#lend(action)
    } finally {
      if (--this.#underWay === 0) this.#onIdle()
    }
  }

  async #lend<T>(action: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    try {
      const result = await action(client)
      client.release()
      return result
    } catch (error) {
      client.release(!isUsableAfter(error))
      throw error
    }
  }

  /** Lets what is under way come to its end; the pool would leave who waits without an answer. */
  async close(): Promise<void> {
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    await this.#pool.end()
  }
}

/** What holds for each session; a PgBouncer would hand it on to others, so it is given none. */
function sessionSettings({ isPooled, options }: Address, limits: ConnectionOptions): string {
  if (isPooled) return options
  const settings = {
    statement_timeout: limits.statementTimeout,
    lock_timeout: limits.lockTimeout,
    idle_in_transaction_session_timeout: limits.statementTimeout,
    default_transaction_isolation: 'read\\ committed',
  }
  const own = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return [...own, options].join(' ').trim()
}

const INT8 = 20

/** Numbers come as numbers, everything else as the text it is sent as. */
const parserOf = (type: number) => (type === INT8 ? parseInteger : String)

/** @throws {RangeError} for what only somebody else can have written. */
function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('A stored number is too large.')
  return value
}

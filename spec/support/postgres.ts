/** The PostgreSQL that the test files of a run share: a schema of one's own for whoever asks. */

import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { insert, type PostgresOptions, postgresStore, type Store } from 'warder/store'
import { endOfThis } from './endings.ts'
import { SHARED_POSTGRES } from './services.ts'

interface Shared {
  /** With a password, over TCP. */
  readonly url: string
  /** Without one, by the Unix socket. */
  readonly socketUrl: string
}

/** The shared server, in a run that has one. */
export function sharedPostgres(): Shared {
  const shared = process.env[SHARED_POSTGRES]
  if (shared === undefined) throw new Error('Run this with: npm test -- --store postgres')
  return JSON.parse(shared)
}

/** Runs SQL on a connection of its own. */
export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(url)
  await client.connect()
  try {
    const result = await client.query(sql)
    return result.rows
  } finally {
    await client.end()
  }
}

/** The URL of an empty schema. */
export async function freshSchema(): Promise<string> {
  const { socketUrl } = sharedPostgres()
  const schema = `test_${randomUUID().replaceAll('-', '')}`
  await query(socketUrl, `create schema ${schema}`)
  return `${socketUrl}&options=${encodeURIComponent(`-c search_path=${schema}`)}`
}

/** A store that closes when the test has finished, or the file if outside one. */
export async function openPostgres(url: string, options?: PostgresOptions): Promise<Store> {
  const atEnd = endOfThis()
  const store = await postgresStore(url, options)
  atEnd(() => store.close())
  return store
}

/** A row to write. */
export const fact = (id: string, value = '') => insert('facts', { id, value })

/** What is thrown while the database cannot serve. */
export const isUnavailable = { name: 'StoreUnavailable', code: 'temporarily_unavailable' }

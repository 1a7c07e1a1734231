/** The PostgreSQL that the test files of a run share: a schema of one's own for whoever asks. */

import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import { beforeAll } from 'vitest'
import { hasPostgres } from '../../scripts/services/index.mjs'
import { ASK_AT } from './services.ts'

/** Whether tests that need a PostgreSQL are left out: never where everything must run. */
export const withoutPostgres = !hasPostgres() && process.env.CI !== 'true'

interface Shared {
  /** With a password, over TCP. */
  readonly url: string
  /** Without one, by the Unix socket. */
  readonly socketUrl: string
}

/** Sees to it that the shared server runs before the tests of a file. */
export function postgresForTests(): void {
  beforeAll(async () => {
    if (!withoutPostgres) await sharedPostgres()
  }, 60_000)
}

let asked: Promise<Shared> | undefined

/** The shared server. */
export function sharedPostgres(): Promise<Shared> {
  asked ??= ask()
  return asked
}

async function ask(): Promise<Shared> {
  const answer: Shared | { readonly error: string } = JSON.parse(
    await text(connect(process.env[ASK_AT] ?? '')),
  )
  if ('error' in answer) throw new Error(answer.error)
  return answer
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
  const { socketUrl } = await sharedPostgres()
  const schema = `test_${randomUUID().replaceAll('-', '')}`
  await query(socketUrl, `create schema ${schema}`)
  return `${socketUrl}&options=${encodeURIComponent(`-c search_path=${schema}`)}`
}

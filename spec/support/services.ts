/**
 * One PostgreSQL for all test files of a run, started when the first of them asks for it. Runs in the
 * main process of vitest, before the tests and after them.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  hasPostgres,
  hasRedis,
  type PostgresService,
  startPostgres,
} from '../../scripts/services/index.mjs'

/** Where test files ask; workers inherit it. */
export const ASK_AT = 'WARDER_TEST_SERVICES'

/** Says what is not here, and answers who asks. @returns What ends it all. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Each project of vitest comes here; one is enough.
  if (process.env[ASK_AT] !== undefined) return undefined
  for (const [name, isHere] of Object.entries({ PostgreSQL: hasPostgres(), Redis: hasRedis() })) {
    if (!isHere) console.log(`${name} was not found, so the tests that need it are skipped.`)
  }

  const directory = mkdtempSync(join(tmpdir(), 'warder-services-'))
  const path = join(directory, 'socket')
  let postgres: Promise<PostgresService> | undefined
  const start = () => {
    // What tests do must not wait for the disk, and there are many at once.
    postgres ??= startPostgres({ fsync: false, maxConnections: 400 })
    return postgres
  }
  const answer = async (socket: Socket) => {
    const { url, socketUrl } = await start()
    socket.end(JSON.stringify({ url, socketUrl }))
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    answer(socket).catch((error: unknown) => socket.end(JSON.stringify({ error: String(error) })))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  process.env[ASK_AT] = path
  // No test is to wait for what all of them need.
  if (process.env.WARDER_TEST_STORE === 'postgres') await start()

  return async () => {
    server.close()
    await (await postgres)?.stop()
    rmSync(directory, { recursive: true })
  }
}

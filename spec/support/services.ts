/**
 * One PostgreSQL for all test files of a run that is on servers. Runs in the main process of vitest,
 * before the tests and after them.
 */

import { hasPostgres, hasRedis, startPostgres } from '../../scripts/services/index.mjs'
import { onServers } from './servers.ts'

/** Where test files find it; workers inherit it. */
export const SHARED_POSTGRES = 'WARDER_TEST_POSTGRES'

/** Starts what the tests share. @returns What ends it. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Each project of vitest comes here; one is enough.
  if (!onServers || process.env[SHARED_POSTGRES] !== undefined) return undefined
  const programs = { postgresql: hasPostgres(), 'redis-server': hasRedis() }
  for (const [program, isHere] of Object.entries(programs)) {
    if (!isHere) throw new Error(`${program} is not here; apt-get install ${program}`)
  }
  // What tests do must not wait for the disk, and there are many at once.
  const server = await startPostgres({ fsync: false, maxConnections: 400 })
  const { url, socketUrl } = server
  process.env[SHARED_POSTGRES] = JSON.stringify({ url, socketUrl })
  return () => server.stop()
}

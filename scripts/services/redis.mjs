/** A Redis or Valkey of one's own, that goes when it is no longer wanted. */

import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, servant } from './programs.mjs'
import { freePort, Supervised } from './supervised.mjs'

const find = () => findProgram('redis-server', 'valkey-server')

/** Whether the program is here. */
export const hasRedis = () => find() !== undefined

/** Starts one. @see index.d.mts */
export async function startRedis({ settings = {} } = {}) {
  const command = find()
  if (command === undefined) throw new Error('Redis was not found: apt-get install redis-server')
  const who = servant('redis')
  const directory = mkdtempSync(join(tmpdir(), 'warder-redis-'))
  if (who.uid !== undefined) chownSync(directory, who.uid, who.gid)
  const password = randomBytes(16).toString('hex')
  const port = await freePort()
  const all = {
    port,
    bind: '127.0.0.1',
    dir: directory,
    requirepass: password,
    daemonize: 'no',
    save: '',
    ...settings,
  }
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server = new Supervised(directory, { command, args, ...who })
  await server.start().catch(async (error) => {
    await server.stop()
    throw error
  })
  return Object.assign(server, {
    port,
    password,
    directory,
    url: `redis://:${password}@127.0.0.1:${port}`,
  })
}

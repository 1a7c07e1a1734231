/** A PostgreSQL of one's own, that goes when it is no longer wanted. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findProgram, servant } from './programs.mjs'
import { freePort, Supervised } from './supervised.mjs'

const USER = 'warder'

/** Whether the programs are here. */
export const hasPostgres = () => findProgram('initdb') !== undefined

/** Starts one. @see index.d.mts */
export async function startPostgres({
  fsync = true,
  maxConnections = 200,
  settings = {},
  disk,
} = {}) {
  const initdb = findProgram('initdb')
  if (initdb === undefined) throw new Error('PostgreSQL was not found: apt-get install postgresql')
  const who = servant('postgres')
  const directory = mkdtempSync(join(tmpdir(), 'warder-postgres-'))
  const password = randomBytes(16).toString('hex')
  const data = join(disk ?? directory, 'data')
  try {
    writeFileSync(join(directory, 'password'), password)
    if (who.uid !== undefined) chownAll(who, directory, join(directory, 'password'))
    initialise(initdb, { directory, data, who })
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }

  const port = await freePort()
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: directory,
    max_connections: maxConnections,
    fsync: fsync ? 'on' : 'off',
    ...settings,
  }
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = new Supervised(directory, {
    command: join(dirname(initdb), 'postgres'),
    args: ['-D', data, ...args],
    env: { ...process.env, LC_ALL: 'C' },
    ...who,
  })
  await server.start().catch(async (error) => {
    await server.stop()
    throw error
  })
  return Object.assign(server, {
    port,
    password,
    directory,
    data,
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`,
    socketUrl: `postgres://${USER}@localhost:${port}/postgres?host=${encodeURIComponent(directory)}`,
  })
}

function chownAll({ uid, gid }, ...files) {
  for (const file of files) chownSync(file, uid, gid)
}

/** Whoever may open the socket's directory is let in; over TCP, the password is asked for. */
function initialise(initdb, { directory, data, who }) {
  const args = [
    ...['-D', data, '-U', USER, '--pwfile', join(directory, 'password')],
    ...['--auth-local=trust', '--auth-host=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--no-sync'],
  ]
  const { status, stderr, error } = spawnSync(initdb, args, { ...who, encoding: 'utf8' })
  if (status !== 0) throw new Error(`initdb failed: ${error ?? stderr}`)
}

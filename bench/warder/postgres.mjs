/** One PostgreSQL for the whole run, and a database in it for whoever asks. */

import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { startPostgres } from '../../scripts/services/index.mjs'

let server
let databases = 0

/** The server, with the settings it is installed with: each commit is flushed to the disk. */
async function running() {
  server ??= startPostgres()
  return server
}

async function administer(sql) {
  const { url } = await running()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

/** A database of one's own. @returns `{ url, drop }` */
export async function database() {
  const { url } = await running()
  const name = `bench_${databases++}`
  await administer(`create database ${name}`)
  return {
    url: url.replace(/\/postgres$/, `/${name}`),
    drop: () => administer(`drop database ${name} with (force)`),
  }
}

export const serverVersion = async () => {
  const { rows } = await administer('show server_version')
  return `PostgreSQL ${rows[0].server_version.split(' ')[0]}`
}

export async function stopPostgres() {
  // What waits for it to end does not keep this process alive.
  const awake = setInterval(() => {}, 1_000)
  await (await server)?.stop()
  clearInterval(awake)
}

export const hasPgbench = () => spawnSync('pgbench', ['--version']).status === 0

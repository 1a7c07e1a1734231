/** State in a PostgreSQL of the run's own. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startPostgres } from '../../scripts/services/index.mjs'
import { copiedValue } from './copies.mjs'

/** Numbers that hold milliseconds come as text otherwise. */
const types = {
  getTypeParser: (oid, format) => (oid === 20 ? Number : pg.types.getTypeParser(oid, format)),
}

/** @param options Settings, connections at most, and with `disk` the folder that its data are in. */
export async function postgres({ settings = {}, maxConnections, disk } = {}) {
  const service = await startPostgres({
    settings,
    ...(maxConnections && { maxConnections }),
    ...(disk && { disk }),
  })
  return at(service, service.url)
}

/** How long to wait for a connection, in milliseconds, where servers take all there are. */
const PATIENCE = 30_000

/** A connection, as soon as there is one. */
async function connected(url) {
  const until = performance.now() + PATIENCE
  for (;;) {
    const client = new pg.Client({ connectionString: url, types })
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (error.code !== '53300' || performance.now() > until) throw error
      await sleep(100)
    }
  }
}

function at(service, url) {
  const use = async (work) => {
    const client = await connected(url)
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  return {
    name: 'postgres',
    service,
    use,
    url,
    /** Another database there, with nothing in it yet. */
    fresh: async (name) => {
      await use((client) => client.query(`create database ${name}`))
      return at(service, url.replace(/\/postgres$/, `/${name}`))
    },
    rows: async (table) =>
      use(async (client) => (await client.query(`select * from ${table}`)).rows),
    /** Adds copies of a row that differ in their id and some columns. */
    multiply: (table, count, changes) =>
      use(async (client) => {
        const { fields } = await client.query(`select * from ${table} limit 1`)
        const columns = fields.map(({ name }) => name)
        const values = columns.map((name) => copiedValue(name, changes, 'md5(random()::text || n)'))
        await client.query(`
          insert into ${table} (${columns}) select ${values} from generate_series(1, ${count}) as n,
          (select * from ${table} limit 1) as sample`)
        // Nobody has filled tables a minute ago whose rows are over.
        await client.query(`vacuum analyze ${table}`)
        await client.query('checkpoint')
      }),
    integrity: async () => 'ok',
    files: () =>
      readdirSync(service.data, { recursive: true, withFileTypes: true })
        .filter(
          (entry) =>
            entry.isFile() && /\/(base|pg_wal)\//.test(`${entry.parentPath ?? entry.path}/`),
        )
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    close: () => service.stop(),
  }
}

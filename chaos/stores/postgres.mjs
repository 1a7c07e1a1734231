/** State in a PostgreSQL of the run's own. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../../scripts/services/index.mjs'

/** Numbers that hold milliseconds come as text otherwise. */
const types = {
  getTypeParser: (oid, format) => (oid === 20 ? Number : pg.types.getTypeParser(oid, format)),
}

export async function postgres({ settings = {}, maxConnections } = {}) {
  const service = await startPostgres({ settings, ...(maxConnections && { maxConnections }) })
  const use = async (work) => {
    const client = new pg.Client({ connectionString: service.url, types })
    client.on('error', () => {})
    await client.connect()
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
    url: service.url,
    rows: async (table) =>
      use(async (client) => (await client.query(`select * from ${table}`)).rows),
    integrity: async () => 'ok',
    files: () =>
      readdirSync(join(service.directory, 'data'), { recursive: true, withFileTypes: true })
        .filter(
          (entry) =>
            entry.isFile() && /\/(base|pg_wal)\//.test(`${entry.parentPath ?? entry.path}/`),
        )
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    close: () => service.stop(),
  }
}

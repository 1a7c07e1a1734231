/** Rows as years leave them behind, written by SQLite itself: by the product it would take hours. */

import { join } from 'node:path'
import Database from 'libsql'
import { SCOPE } from '../servers/common.mjs'

/** Rows of a transaction. */
const TOGETHER = 500_000

const scopes = JSON.stringify([SCOPE])
const chance = (bytes) => `lower(hex(randomblob(${bytes})))`

/** What a row of each kind holds, by column. Ids come in order, as an index likes them. */
function kinds({ clientId, resource }) {
  const now = Date.now()
  const later = now + 31_536_000_000
  const common = { client_id: `'${clientId}'`, resource: `'${resource}'`, scopes: `'${scopes}'` }
  return {
    families: {
      ...common,
      ...{ id: chance(11), user_id: chance(11), generation: 7, auth_time: now },
      ...{ correlation_id: chance(8), created_at: now, rotated_at: now, idle_until: later },
      ...{ expires_at: later, revoked_at: 'null', revoked_because: 'null' },
    },
    authorization_codes: {
      ...common,
      ...{ id: chance(21), user_id: chance(11), family_id: chance(11), nonce: 'null' },
      ...{ redirect_uri: "'https://client.example/callback'", code_challenge: chance(21) },
      ...{ auth_time: now, correlation_id: chance(8), failures: 0, created_at: now },
      ...{ expires_at: later, used_at: now },
    },
    events: {
      ...{ id: `'1ka0000' || ${chance(12)}`, at: now, type: "'token.rotated'" },
      ...{
        correlation_id: chance(8),
        event: `'{"type":"token.rotated","subject":"' || ${chance(11)} || '"}'`,
      },
      ...{ expires_at: later, stream: "'1ka0000bench'", mac: chance(21) },
    },
  }
}

function insert(database, table, columns, count) {
  const names = Object.keys(columns)
  const values = names.map((name) => `${columns[name]} as ${name}`)
  database.exec(`insert into ${table} (${names})
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select ${values} from n order by id`)
}

/**
 * Fills the file of an installation.
 *
 * @param counts How many grants, and how many used rows: half of them codes, half of them events.
 */
export async function gather({ folder, ...installation }, { families, used }) {
  const database = new Database(join(folder, 'warder.db'))
  // Nothing here must survive a power cut.
  for (const pragma of ['synchronous = off', 'cache_size = -400000', 'temp_store = memory']) {
    database.exec(`pragma ${pragma}`)
  }
  const tables = kinds(installation)
  const wanted = { families, authorization_codes: used / 2, events: used / 2 }
  for (const [table, total] of Object.entries(wanted)) {
    for (let left = total; left > 0; left -= TOGETHER) {
      insert(database, table, tables[table], Math.min(left, TOGETHER))
    }
  }
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
}

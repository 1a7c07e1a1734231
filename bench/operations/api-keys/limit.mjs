/** The limit of API keys: SHA-256, and one read by an index of the same SQLite. */

import { hash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { openSqlite } from '../../sqlite.mjs'

/** What is told of a key, as long as that of a product. */
const row = JSON.stringify({ owner: null, scopes: ['notes:use'], name: 'x'.repeat(150) })

/** The most keys that are used in turn. */
const IN_USE = 100_000

const sha256 = (text) => hash('sha256', text, 'hex')

export async function prepare({ file, count }) {
  rmSync(file, { force: true })
  const database = await openSqlite(file)
  database.exec('create table keys (hash text primary key, row text not null) without rowid')
  const keys = Array.from({ length: count }, () => randomBytes(32).toString('base64url'))
  const insert = database.prepare('insert into keys values (?, ?)')
  database.exec('begin')
  for (const digest of keys.map(sha256).sort()) insert.run(digest, row)
  database.exec('commit')
  const select = database.prepare('select row from keys where hash = ?')
  return {
    operate: (key) => select.get(sha256(key)),
    inputs: keys.slice(0, IN_USE),
    bad: [`${keys[0]}x`],
  }
}

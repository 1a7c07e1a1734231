/** better-auth's API keys in SQLite, without its own limit on how often a key may be used. */

import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { forBetterAuth, openSqlite } from '../../sqlite.mjs'

const sha256 = (text) => createHash('sha256').update(text).digest('base64url')

export async function prepare({ file, count }) {
  rmSync(file, { force: true })
  const database = await openSqlite(file)
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: randomBytes(32).toString('hex'),
    database: forBetterAuth(database),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  })
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  const keys = await fill(auth, database, count)
  const operate = async (key) => (await auth.api.verifyApiKey({ body: { key } })).valid
  return { operate, inputs: keys, bad: [`${keys[0]}x`] }
}

/** Many keys like one that it made itself. */
async function fill(auth, database, count) {
  const { adapter } = await auth.$context
  const times = { createdAt: new Date(), updatedAt: new Date() }
  const data = { name: 'Bench', email: 'bench@example.com', emailVerified: true, ...times }
  const user = await adapter.create({ model: 'user', data })
  const { key, id } = await auth.api.createApiKey({ body: { userId: user.id, name: 'bench' } })
  const made = database.prepare('select * from apikey where id = ?').get(id)
  const described = database.prepare('pragma table_info(apikey)').all()
  const columns = described.map((column) => column.name)
  const marks = columns.map(() => '?')
  const insert = database.prepare(
    `insert into apikey (${columns.map((name) => `"${name}"`)}) values (${marks})`,
  )
  const keys = Array.from({ length: count - 1 }, () =>
    randomBytes(key.length).toString('base64url').slice(0, key.length),
  )
  database.exec('begin')
  for (const [i, text] of keys.entries()) {
    const row = { ...made, id: `key-${i}`, key: sha256(text) }
    insert.run(...columns.map((name) => row[name]))
  }
  database.exec('commit')
  return [key, ...keys]
}

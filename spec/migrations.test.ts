/** Migrations: of a store's tables, at any moment, by anyone, from any state. */

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { Client } from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { insert, migrateStore, openStore, type Planned } from 'warder/store'
import { freshSchema, query } from './support/postgres.ts'
import { onServers } from './support/servers.ts'

const directories: string[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

/** A kind of store, as far as it can be looked at from outside. */
interface Kind {
  /** The URL of an empty one. */
  fresh(): Promise<string>
  /** All that can be told of its tables. */
  schema(url: string): Promise<unknown>
  run(url: string, sql: string): Promise<unknown>
}

const sqlite: Kind = {
  async fresh() {
    const directory = await mkdtemp(join(tmpdir(), 'warder-migrations-'))
    directories.push(directory)
    return `sqlite:${join(directory, 'warder.db')}`
  },
  schema: async (url) => sqlite.run(url, 'select name, sql from sqlite_master order by name'),
  async run(url, sql) {
    const database = new Libsql(url.slice('sqlite:'.length))
    try {
      if (sql.startsWith('select')) return database.prepare(sql).all()
      return database.exec(sql)
    } finally {
      database.close()
    }
  },
}

const postgres: Kind = {
  fresh: freshSchema,
  schema: (url) =>
    query(
      url,
      `select c.relname, c.relkind, a.attname, a.attnotnull, format_type(a.atttypid, a.atttypmod),
         (select indisunique from pg_index where indexrelid = c.oid)
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       where c.relnamespace = current_schema::regnamespace order by 1, a.attnum`,
    ),
  run: query,
}

const kinds = [
  ['sqlite:', sqlite] as const,
  ...(onServers ? [['postgres:', postgres] as const] : []),
]

const works = async (url: string) => {
  const store = await openStore(url)
  expect(await store.write([insert('facts', { id: 'works', value: '' })])).toBe(true)
  await store.close()
}

const scriptOf = (planned: readonly Planned[]) =>
  planned.flatMap(({ statements }) => statements.map((each) => `${each};`)).join('\n')

for (const [name, kind] of kinds) {
  describe(`Migrations on ${name}`, () => {
    /** What a store that was opened without accident looks like. */
    const reference = async () => {
      const url = await kind.fresh()
      await (await openStore(url)).close()
      return kind.schema(url)
    }

    it('are planned as SQL without being made, and are made the same by hand', async () => {
      const url = await kind.fresh()
      const planned = await migrateStore(url, { plan: true })
      expect(planned.map((each) => each.name)).toEqual(['0001-first'])
      if (kind === sqlite) expect(existsSync(url.slice('sqlite:'.length))).toBe(false)
      else expect(await kind.schema(url)).toEqual([])

      await kind.run(url, scriptOf(planned))
      expect(await kind.schema(url)).toEqual(await reference())
      expect(await migrateStore(url, { plan: true })).toEqual([])
      expect(await migrateStore(url)).toEqual([])
      await works(url)
    })

    it('say what was done, which is done once', async () => {
      const url = await kind.fresh()
      const [done, ...rest] = await migrateStore(url)
      expect(rest).toEqual([])
      expect(done?.name).toBe('0001-first')
      expect(done?.statements.length).toBeGreaterThan(30)
      expect(await migrateStore(url)).toEqual([])
      expect(await kind.schema(url)).toEqual(await reference())
    })

    it('FT-41 are made once by several that start at once', async () => {
      const url = await kind.fresh()
      const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(url)))
      const fact = insert('facts', { id: 'a', value: '' })
      const written = await Promise.all(stores.map((store) => store.write([fact])))
      expect(written.filter(Boolean)).toHaveLength(1)
      await Promise.all(stores.map((store) => store.close()))
      expect(await kind.schema(url)).toEqual(await reference())
    })

    it('FT-40 of the next release leave this one working, those of the one after do not', async () => {
      const url = await kind.fresh()
      await works(url)
      await kind.run(url, "insert into migrations (name, done) values ('0002-next', 3)")
      await (await openStore(url)).close()
      await kind.run(url, "insert into migrations (name, done) values ('0003-after', 1)")
      const plan = () => migrateStore(url, { plan: true })
      for (const attempt of [() => openStore(url), () => migrateStore(url), plan]) {
        await expect(attempt()).rejects.toMatchObject({
          name: 'ConfigError',
          path: 'store.url',
          message: expect.stringContaining('0002-next, 0003-after'),
        })
      }
    })
  })
}

describe('Migrations in memory', () => {
  it('are none', async () => {
    expect(await migrateStore('memory:')).toEqual([])
    expect(await migrateStore('memory:', { plan: true })).toEqual([])
  })
})

if (onServers)
  describe('Migrations on a PostgreSQL that goes away', () => {
    /** Cuts the connection at the nth statement: before it is sent, or once it has been answered. */
    function cutAt(statement: number, when: 'before' | 'after'): void {
      const original = Client.prototype.query
      let sent = 0
      vi.spyOn(Client.prototype, 'query').mockImplementation(async function (
        this: Client & { connection: { stream: { destroy(): void } } },
        ...args: unknown[]
      ) {
        sent += 1
        const cut = () => this.connection.stream.destroy()
        if (sent === statement && when === 'before') cut()
        const answer: unknown = await Reflect.apply(original, this, args)
        if (sent === statement) cut()
        return answer
      } as never)
    }

    it.each(['before', 'after'] as const)(
      'FT-41 go on where they stopped, cut %s any statement',
      async (when) => {
        const url = await freshSchema()
        // Each run comes one statement further than the one before, until one comes to the end.
        for (let cut = 1; ; cut++) {
          cutAt(cut, when)
          const error = await migrateStore(url).then(
            () => undefined,
            (reason: unknown) => reason,
          )
          vi.restoreAllMocks()
          if (error === undefined) {
            expect(cut).toBeGreaterThan(20)
            break
          }
          expect(error).toMatchObject({ name: 'StoreUnavailable' })
        }
        const whole = await freshSchema()
        await migrateStore(whole)
        expect(await postgres.schema(url)).toEqual(await postgres.schema(whole))
        const registry = 'select * from migrations'
        expect(await query(url, registry)).toEqual(await query(whole, registry))
        await works(url)
      },
      30_000,
    )
  })

/**
 * What goes in comes out, and nothing else does.
 *
 * @module
 */

import { insert, removeAll, type Where } from '../../store/store.ts'
import { tableNames } from '../../store/tables.ts'
import { client, fact, sampleRow } from './sample-rows.ts'
import { expectRejection, expectSame, type StoreCase } from './store-case.ts'

/** Keys that some store somewhere took for something else. */
const hostileKeys: readonly string[] = [
  ...["'", "''", '"', '`', '\\', '%', '_', '*', '?', '$1', ':id', ';', '--', '0', '00', '1e3'],
  ...["' or '1'='1", "'; drop table facts; --", '{"$gt":""}', '[object Object]', 'null', 'NULL'],
  ...['__proto__', 'constructor', 'toString', 'a:b', 'a', 'a:', ':b', 'A', 'a ', ' a', 'a\n'],
  ...['\0', 'a\0', 'a\0b', '\u0001', '\u00011', '\u00012', '\u00013d800', '\ufffd', '\uffff'],
  ...['\ud800', '\udc00', 'a\ud800b', '\u{1f600}', 'é', 'e\u0301', 'İ', 'i', 'x'.repeat(5000)],
]

/** Round trips, keys and copies. */
export const rows: readonly StoreCase[] = [
  ...tableNames.map(
    (table): StoreCase => ({
      name: `a full row of ${table}, and one of nulls, come back as they went in`,
      async run(store) {
        for (const nullable of ['filled', 'null'] as const) {
          const row = sampleRow(table, nullable, nullable)
          expectSame(await store.write([insert(table, row)]), true, 'insert')
          const where: Where<typeof table> = { id: nullable }
          expectSame(await store.find(table, where), row, 'the row')
        }
      },
    }),
  ),
  {
    name: 'SD-02 the same key in two tables is two things',
    async run(store) {
      const written = await store.write([
        insert('facts', fact('k')),
        insert('clients', client('k')),
      ])
      expectSame(written, true, 'both inserts')
      await store.write([removeAll('facts', { id: 'k' })])
      expectSame(await store.find('facts', { id: 'k' }), undefined, 'the fact')
      expectSame((await store.find('clients', { id: 'k' }))?.id, 'k', 'the client')
    },
  },
  {
    name: 'SD-10 a hostile key is a key and nothing else',
    async run(store) {
      for (const [at, key] of hostileKeys.entries()) {
        expectSame(await store.find('facts', { id: key }), undefined, `before its insert, ${at}`)
        expectSame(await store.write([insert('facts', fact(key, key))]), true, `insert of ${at}`)
      }
      for (const key of hostileKeys) {
        expectSame(await store.find('facts', { id: key }), fact(key, key), 'by key')
        expectSame(
          await store.list('facts', { value: key }, { limit: 9 }),
          [fact(key, key)],
          'list',
        )
      }
      await store.write([removeAll('facts', { id: '*' }), removeAll('facts', { id: '%' })])
      const left = await store.list('facts', {}, { limit: 1000 })
      expectSame(left.length, hostileKeys.length - 2, 'the rows left')
    },
  },
  {
    name: 'SD-10 an object, an array or undefined in the place of a key is refused',
    async run(store) {
      await store.write([insert('facts', fact('k'))])
      const smuggled: readonly Where<'facts'>[] = [
        JSON.parse('{ "id": { "$gt": "" } }'),
        JSON.parse('{ "id": { "above": "" } }'),
        JSON.parse('{ "id": ["k"] }'),
        JSON.parse('{ "id": {} }'),
        JSON.parse('{ "id": true }'),
        JSON.parse('{ "id": 1 }'),
        JSON.parse('{ "no such column": "k" }'),
        JSON.parse('{ "__proto__": "k" }'),
        Object.fromEntries([['id', undefined]]),
      ]
      for (const [at, where] of smuggled.entries()) {
        await expectRejection(store.find('facts', where), TypeError, `find ${at}`)
        await expectRejection(store.list('facts', where, { limit: 1 }), TypeError, `list ${at}`)
        const removal = store.write([removeAll('facts', where)])
        await expectRejection(removal, TypeError, `removeAll ${at}`)
      }
      expectSame(await store.find('facts', { id: 'k' }), fact('k'), 'the row')
    },
  },
  {
    name: 'SD-14 an empty key is not found and cannot be inserted',
    async run(store) {
      await store.write([insert('facts', fact('k'))])
      expectSame(await store.find('facts', { id: '' }), undefined, 'find')
      await expectRejection(store.write([insert('facts', fact(''))]), TypeError, 'insert')
      expectSame(await store.list('facts', {}, { limit: 9 }), [fact('k')], 'the rows')
    },
  },
  {
    name: 'a value that its column cannot hold is refused',
    async run(store) {
      const refused: readonly [column: string, value: unknown][] = [
        ['createdAt', 0.5],
        ['createdAt', Number.MAX_SAFE_INTEGER + 1],
        ['createdAt', Number.NaN],
        ['createdAt', '1'],
        ['createdAt', null],
        ['createdAt', undefined],
        ['createdAt', true],
        ['secretHash', 1],
        ['metadata', null],
        ['metadata', undefined],
        ['no such column', 'x'],
      ]
      for (const [column, value] of refused) {
        const row = client('k')
        Reflect.set(row, column, value)
        const attempt = store.write([insert('clients', row)])
        await expectRejection(attempt, TypeError, `${column}: ${String(value)}`)
      }
      const row = client('k')
      Reflect.deleteProperty(row, 'createdAt')
      await expectRejection(store.write([insert('clients', row)]), TypeError, 'without createdAt')
      expectSame(await store.find('clients', { id: 'k' }), undefined, 'the row')
    },
  },
  {
    name: 'rows are copies: changing one changes nothing that is kept',
    async run(store) {
      const roles = ['admin']
      const row = { ...sampleRow('users', 'k'), roles }
      await store.write([insert('users', row)])
      roles.push('pushed after the insert')
      const found = await store.find('users', { id: 'k' })
      const [listed] = await store.list('users', {}, { limit: 1 })
      for (const copy of [found, listed]) {
        expectSame(copy?.roles, ['admin'], 'the roles')
        // A caller may, so it must not matter: Reflect does what the types forbid.
        if (copy !== undefined) Reflect.set(copy, 'email', 'changed')
        if (copy !== undefined) Reflect.set(copy.roles, 0, 'changed')
      }
      const again = await store.find('users', { id: 'k' })
      expectSame(again, { ...row, roles: ['admin'] }, 'the row')
    },
  },
]

/**
 * The end of rows, and of the store.
 *
 * @module
 */

import { StoreUnavailable } from '../../store/errors.ts'
import { insert } from '../../store/store.ts'
import { tableNames, tables } from '../../store/tables.ts'
import { client, fact, sampleRow, throttle } from './sample-rows.ts'
import { expectRejection, expectSame, type StoreCase } from './store-case.ts'

/** Sweeping and closing. */
export const lifetimes: readonly StoreCase[] = [
  {
    name: 'a sweep takes rows at their expiry, not before, and never those without one',
    async run(store, platform) {
      const now = platform.now()
      await store.write([
        insert('throttles', throttle('before', { expiresAt: now - 1 })),
        insert('throttles', throttle('at', { expiresAt: now })),
        insert('throttles', throttle('after', { expiresAt: now + 1 })),
        insert('clients', client('never')),
        insert('clients', client('over', { expiresAt: now })),
        insert('facts', fact('a fact')),
      ])
      expectSame(await store.sweep(now, 100), 3, 'the rows that went')
      expectSame(await store.sweep(now, 100), 0, 'the rows that went again')
      const throttles = await store.list('throttles', {}, { limit: 9 })
      expectSame(
        throttles.map(({ id }) => id),
        ['after'],
        'the throttles left',
      )
      const clients = await store.list('clients', {}, { limit: 9 })
      expectSame(
        clients.map(({ id }) => id),
        ['never'],
        'the clients left',
      )
      expectSame(await store.find('facts', {}), fact('a fact'), 'the fact')
    },
  },
  {
    name: 'a sweep leaves what was used or revoked until its expiry',
    async run(store, platform) {
      const now = platform.now()
      const expiresAt = now + 1
      const code = { ...sampleRow('authorizationCodes', 'used'), usedAt: now - 1, expiresAt }
      const family = { ...sampleRow('families', 'revoked'), revokedAt: now - 1, expiresAt }
      await store.write([insert('authorizationCodes', code), insert('families', family)])
      expectSame(await store.sweep(now, 100), 0, 'before the expiry')
      expectSame(await store.sweep(expiresAt, 100), 2, 'at the expiry')
    },
  },
  {
    name: 'SD-12 a sweep takes at most so many rows of a table, from each that expires',
    async run(store) {
      const expiring = tableNames.filter((table) => tables[table].expiry !== undefined)
      for (const table of expiring) {
        const rows = ['1', '2', '3'].map((mark) => sampleRow(table, mark))
        await store.write(rows.map((row) => insert(table, row)))
      }
      const swept = (gently: boolean) => store.sweep(Number.MAX_SAFE_INTEGER, 2, { gently })
      expectSame(await swept(false), 2 * expiring.length, 'the first sweep')
      expectSame(await swept(true), expiring.length, 'the second sweep, a gentle one')
      expectSame(await swept(true), 0, 'the third sweep')
    },
  },
  {
    name: 'a store that was closed is unavailable',
    async run(store) {
      await store.close()
      const attempts: Record<string, () => Promise<unknown>> = {
        find: () => store.find('facts', { id: 'k' }),
        list: () => store.list('facts', {}, { limit: 1 }),
        write: () => store.write([insert('facts', fact('k'))]),
        'write of nothing': () => store.write([]),
        sweep: () => store.sweep(0, 1),
      }
      for (const [verb, attempt] of Object.entries(attempts)) {
        await expectRejection(attempt(), StoreUnavailable, verb)
      }
      await store.close()
    },
  },
  {
    name: 'closing lets what is under way come to its end',
    async run(store) {
      const write = store.write([insert('facts', fact('k')), insert('facts', fact('l'))])
      const find = store.find('facts', { id: 'nobody' })
      await Promise.all([store.close(), store.close()])
      expectSame(await write, true, 'the write')
      expectSame(await find, undefined, 'the find')
    },
  },
]

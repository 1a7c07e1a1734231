/**
 * A write happens wholly or not at all.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import { type Change, insert, removeAll, type Store, update, updateAll } from '../../store/store.ts'
import { client, fact, sampleRow, throttle } from './sample-rows.ts'
import { expectRejection, expectSame, type StoreCase } from './store-case.ts'

const event = (id: string): WarderEvent => ({
  id,
  at: 1,
  type: 'code.redeemed',
  correlationId: 'c',
})

/** Expects that a write fails and leaves three facts and no event, as {@link begin} made them. */
async function expectNothing(store: Store, changes: readonly Change[], what: string) {
  expectSame(await store.write(changes, [event('e')]), false, what)
  const facts = await store.list('facts', {}, { limit: 9 })
  expectSame(facts, [fact('a', '1'), fact('b', '2'), fact('c', '2')], `${what}: the facts`)
  expectSame(await store.list('events', {}, { limit: 9 }), [], `${what}: the events`)
}

const begin = (store: Store) =>
  store.write([
    insert('facts', fact('a', '1')),
    insert('facts', fact('b', '2')),
    insert('facts', fact('c', '2')),
  ])

/** Changes that hit, to stand before one that misses. */
const hits: readonly Change[] = [
  insert('facts', fact('new')),
  update('facts', { id: 'a' }, { value: 'changed' }),
  removeAll('facts', { id: 'b' }),
  updateAll('facts', { value: '2' }, { value: '3' }),
]

/** Atomicity, exact hits, uniqueness and events. */
export const writes: readonly StoreCase[] = [
  {
    name: 'a write whose last change misses leaves nothing, and no event',
    async run(store) {
      await begin(store)
      const miss = update('facts', { id: 'nobody' }, { value: 'x' })
      await expectNothing(store, [...hits, miss], 'an update of nothing')
      await expectNothing(store, [...hits, insert('facts', fact('c'))], 'an insert of a taken key')
      await expectNothing(store, [...hits, insert('facts', fact('new'))], 'an insert of its own')
      await expectNothing(store, [miss, ...hits], 'a miss at the start')
    },
  },
  {
    name: 'a write that holds a mistake leaves nothing',
    async run(store) {
      await begin(store)
      const mistakes: readonly Change[] = [
        insert('facts', fact('')),
        update('facts', { id: 'c' }, JSON.parse('{ "value": 1 }')),
        update('facts', { id: 'c' }, JSON.parse('{ "id": "d" }')),
        updateAll('facts', {}, JSON.parse('{ "no such column": "x" }')),
        removeAll('facts', JSON.parse('{ "no such column": "x" }')),
      ]
      for (const [at, mistake] of mistakes.entries()) {
        const attempt = store.write([...hits, mistake], [event('e')])
        await expectRejection(attempt, TypeError, `mistake ${at}`)
      }
      await expectNothing(store, [update('facts', { id: '' }, { value: 'x' })], 'afterwards')
    },
  },
  {
    name: 'a change and its event are written together',
    async run(store) {
      expectSame(await store.write(hits.slice(0, 1), [event('1'), event('2')]), true, 'the write')
      const [first, second] = await store.list('events', { correlationId: 'c' }, { limit: 9 })
      expectSame(
        first,
        {
          ...event('1'),
          event: event('1'),
          expiresAt: 7_776_000_001,
          stream: null,
          mac: null,
        },
        'the event',
      )
      expectSame(second?.id, '2', 'the second event')
      const again = await store.write([insert('facts', fact('z'))], [event('3'), event('1')])
      expectSame(again, false, 'an event whose id is taken')
      expectSame(await store.find('facts', { id: 'z' }), undefined, 'its change')
      expectSame(await store.find('events', { id: '3' }), undefined, 'the event before it')
      expectSame(await store.write([], [event('4')]), true, 'an event alone')
      expectSame(await store.write([]), true, 'nothing')
    },
  },
  {
    name: 'an update that would hit two rows fails the write',
    async run(store) {
      await begin(store)
      await expectNothing(store, [update('facts', { value: '2' }, { value: 'x' })], 'two rows')
      await expectNothing(store, [update('facts', {}, { value: 'x' })], 'all rows')
    },
  },
  {
    name: 'an update that sets nothing asks that exactly one row is there',
    async run(store) {
      await begin(store)
      expectSame(await store.write([update('facts', { value: '1' }, {})]), true, 'one row')
      await expectNothing(store, [update('facts', { id: 'd' }, {})], 'no row')
      await expectNothing(store, [update('facts', { value: '2' }, {})], 'two rows')
      await expectNothing(store, [updateAll('facts', {}, {}), insert('facts', fact('a'))], 'all')
    },
  },
  {
    name: 'updateAll and removeAll may meet no row, or many',
    async run(store) {
      await begin(store)
      const none = [
        updateAll('facts', { value: 'x' }, { value: 'y' }),
        removeAll('facts', { value: 'x' }),
      ]
      expectSame(await store.write(none), true, 'no row')
      expectSame(await store.write([updateAll('facts', {}, { value: 'y' })]), true, 'all rows')
      const facts = await store.list('facts', { value: 'y' }, { limit: 9 })
      expectSame(facts.length, 3, 'the rows that were changed')
      expectSame(await store.write([removeAll('facts', { value: 'y' })]), true, 'removal')
      expectSame(await store.find('facts', {}), undefined, 'what is left')
    },
  },
  {
    name: 'a change sees those before it in the same write',
    async run(store) {
      const written = await store.write([
        insert('throttles', throttle('k', { attempts: 1 })),
        update('throttles', { id: 'k', attempts: 1 }, { attempts: 2 }),
        removeAll('throttles', { id: 'k', attempts: 2 }),
        insert('throttles', throttle('k', { attempts: 3 })),
      ])
      expectSame(written, true, 'the write')
      expectSame((await store.find('throttles', { id: 'k' }))?.attempts, 3, 'the row')
    },
  },
  {
    name: 'SD-15 a unique value is held by one row, by insert and by update',
    async run(store) {
      const user = (id: string, email: string) => ({ ...sampleRow('users', id), email })
      await store.write([insert('users', user('1', 'alice@a.test'))])
      await store.write([insert('users', user('2', 'bob@a.test'))])
      const taken = await store.write([insert('users', user('3', 'alice@a.test'))])
      expectSame(taken, false, 'insert of a taken email')
      const rename = (email: string) => store.write([update('users', { id: '2' }, { email })])
      expectSame(await rename('alice@a.test'), false, 'update to a taken email')
      expectSame(await rename('bob@a.test'), true, 'update to its own email')
      expectSame(await rename('carol@a.test'), true, 'update to a free email')
      expectSame(await rename('bob@a.test'), true, 'update to an email that became free')
      const all = await store.write([updateAll('users', {}, { email: 'all@a.test' })])
      expectSame(all, false, 'the same email for all')
      const found = await store.find('users', { email: 'bob@a.test' })
      expectSame(found, user('2', 'bob@a.test'), 'the user by email')
      expectSame(await store.find('users', { email: 'carol@a.test' }), undefined, 'the old email')
      await store.write([removeAll('users', { id: '1' })])
      const free = await store.write([insert('users', user('4', 'alice@a.test'))])
      expectSame(free, true, 'an email whose user is gone')
    },
  },
  {
    name: 'SD-15 NULL in a unique column may repeat',
    async run(store) {
      const written = await store.write([
        insert('clients', client('1')),
        insert('clients', client('2')),
        insert('clients', client('3', { fingerprint: 'f' })),
      ])
      expectSame(written, true, 'the inserts')
      const taken = update('clients', { id: '1' }, { fingerprint: 'f' })
      expectSame(await store.write([taken]), false, 'a taken fingerprint')
      const none = updateAll('clients', {}, { fingerprint: null })
      expectSame(await store.write([none]), true, 'NULL for all')
    },
  },
]

/**
 * Many writes at one moment, each with a fate of its own. A store may commit them together, but
 * nobody may be able to tell.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import { type Change, insert, update } from '../../store/store.ts'
import { fact, sampleRow } from './sample-rows.ts'
import { expectRejection, expectSame, type StoreCase } from './store-case.ts'

const AT_ONCE = 100

const name = (at: number): string => String(at).padStart(3, '0')

const event = (at: number): WarderEvent => ({
  id: name(at),
  at: 1,
  type: 'token.rotated',
  correlationId: 'c',
})

/** Writes that share a moment, on stores that commit them together and on those that do not. */
export const crowds: readonly StoreCase[] = [
  {
    name: 'of 100 writes at once some miss, wholly, and the others happen, wholly',
    async run(store) {
      await store.write([insert('facts', fact('taken'))])
      const misses: readonly Change[] = [
        update('facts', { id: 'nobody' }, { value: 'x' }),
        insert('facts', fact('taken', 'x')),
      ]
      const writes = Array.from({ length: AT_ONCE }, (_, at) => {
        const hits = [
          insert('facts', fact(name(at), 'written')),
          insert('clients', sampleRow('clients', name(at), 'null')),
        ]
        const miss = misses[at % 3]
        return store.write(miss === undefined ? hits : [...hits, miss], [event(at)])
      })
      const happened = Array.from({ length: AT_ONCE }, (_, at) => at % 3 === 2)
      expectSame(await Promise.all(writes), happened, 'the outcomes')

      const written = happened.flatMap((did, at) => (did ? [name(at)] : []))
      const facts = await store.list('facts', { value: 'written' }, { limit: AT_ONCE })
      const clients = await store.list('clients', {}, { limit: AT_ONCE })
      const events = await store.list('events', {}, { limit: AT_ONCE })
      for (const [what, rows] of Object.entries({ facts, clients, events })) {
        expectSame(
          rows.map(({ id }) => id),
          written,
          what,
        )
      }
      expectSame(await store.find('facts', { id: 'taken' }), fact('taken'), 'the taken fact')
    },
  },
  {
    name: 'a mistake in a crowd concerns who made it, and nobody else',
    async run(store) {
      const mistake: Change = JSON.parse(
        '{ "verb": "update", "table": "facts", "where": { "id": "a" }, "set": { "value": 7 } }',
      )
      const attempts = ['a', 'b', 'c'].map(async (id) => {
        const sound = store.write([insert('facts', fact(id))])
        const mistaken = store.write([insert('facts', fact(`${id} too`)), mistake])
        await expectRejection(mistaken, TypeError, `the mistake after ${id}`)
        expectSame(await sound, true, `the write of ${id}`)
      })
      await Promise.all(attempts)
      const facts = await store.list('facts', {}, { limit: 9 })
      expectSame(
        facts,
        ['a', 'b', 'c'].map((id) => fact(id)),
        'the facts',
      )
    },
  },
  {
    name: 'what a write was told is there, whoever reads, and while others write',
    async run(store) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, at) => {
          expectSame(await store.write([insert('facts', fact(name(at)))]), true, `write ${at}`)
          expectSame(await store.find('facts', { id: name(at) }), fact(name(at)), `read ${at}`)
          const change = update('facts', { id: name(at), value: '' }, { value: 'changed' })
          expectSame(await store.write([change]), true, `second write ${at}`)
        }),
      )
      const changed = await store.list('facts', { value: 'changed' }, { limit: 2 * AT_ONCE })
      expectSame(changed.length, AT_ONCE, 'the facts that were changed')
    },
  },
]

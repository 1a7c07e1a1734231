/**
 * Which rows a condition meets, and in which order they come.
 *
 * @module
 */

import { insert, type Page, update, type Where } from '../../store/store.ts'
import { client, fact, sampleRow, throttle } from './sample-rows.ts'
import { expectRejection, expectSame, type StoreCase } from './store-case.ts'

/** Conditions, order and paging. */
export const conditions: readonly StoreCase[] = [
  {
    name: 'SD-03 a row counts until a millisecond before its expiry, and is over at it',
    async run(store, platform) {
      const expiresAt = platform.now() + 60_000
      await store.write([insert('throttles', throttle('k', { expiresAt }))])
      for (const [distance, isAlive] of [
        [-1, true],
        [0, false],
        [1, false],
        [-600_000, true],
        [600_000, false],
      ] as const) {
        platform.set(expiresAt + distance)
        const now = platform.now()
        const alive: Where<'throttles'> = { id: 'k', expiresAt: { above: now } }
        const over: Where<'throttles'> = { id: 'k', expiresAt: { atMost: now } }
        const at = `at ${distance} ms`
        expectSame((await store.find('throttles', alive)) !== undefined, isAlive, `alive ${at}`)
        expectSame((await store.find('throttles', over)) !== undefined, !isAlive, `over ${at}`)
        const used = await store.write([update('throttles', alive, { attempts: 1 })])
        expectSame(used, isAlive, `used ${at}`)
      }
    },
  },
  {
    name: 'null asks for NULL; no value and no bound meets it',
    async run(store) {
      await store.write([
        insert('clients', client('none')),
        insert('clients', client('some', { usedAt: 0, secretHash: '' })),
      ])
      const ids = async (where: Where<'clients'>) =>
        (await store.list('clients', where, { limit: 9 })).map(({ id }) => id)
      expectSame(await ids({ usedAt: null }), ['none'], 'usedAt null')
      expectSame(await ids({ usedAt: 0 }), ['some'], 'usedAt 0')
      expectSame(await ids({ secretHash: null }), ['none'], 'secretHash null')
      expectSame(await ids({ secretHash: '' }), ['some'], 'secretHash empty')
      expectSame(await ids({ usedAt: { above: -1 } }), ['some'], 'above')
      expectSame(await ids({ usedAt: { atMost: 0 } }), ['some'], 'at most')
      expectSame(await ids({}), ['none', 'some'], 'no condition')
      const once = update('clients', { id: 'none', usedAt: null }, { usedAt: 5 })
      expectSame(await store.write([once]), true, 'the first use')
      expectSame(await store.write([once]), false, 'the second use')
      const back = update('clients', { id: 'none' }, { usedAt: null })
      expectSame(await store.write([back]), true, 'set to null')
      expectSame(await ids({ usedAt: null }), ['none'], 'null again')
    },
  },
  {
    name: 'all conditions must hold, and both bounds of a range',
    async run(store) {
      const attempts = [1, 2, 3, 4]
      await store.write(attempts.map((n) => insert('throttles', throttle(`${n}`, { attempts: n }))))
      const range = await store.list(
        'throttles',
        { attempts: { above: 1, atMost: 3 }, blockedUntil: 0 },
        { limit: 9 },
      )
      expectSame(
        range.map(({ id }) => id),
        ['2', '3'],
        'the range',
      )
      const none = await store.list('throttles', { attempts: 1, blockedUntil: 1 }, { limit: 9 })
      expectSame(none, [], 'no row meets both')
    },
  },
  {
    name: 'a bound that is none, and a condition on JSON, are refused',
    async run(store) {
      await store.write([insert('throttles', throttle('k'))])
      const refused = ['{}', '{ "below": 1 }', '{ "above": null }', '{ "above": "-1" }', '"0"']
      for (const condition of refused) {
        const where: Where<'throttles'> = JSON.parse(`{ "attempts": ${condition} }`)
        await expectRejection(store.find('throttles', where), TypeError, condition)
      }
      const json: Where<'users'> = JSON.parse('{ "roles": "[]" }')
      await expectRejection(store.find('users', json), TypeError, 'JSON')
    },
  },
  {
    name: 'find takes the first by id, by an indexed column as by any other',
    async run(store) {
      const sessions = ['b', 'a', 'c'].map((id) => ({
        ...sampleRow('sessions', id),
        userId: 'alice',
        epoch: 7,
      }))
      await store.write(sessions.map((session) => insert('sessions', session)))
      expectSame((await store.find('sessions', { userId: 'alice' }))?.id, 'a', 'by userId')
      expectSame((await store.find('sessions', { epoch: 7 }))?.id, 'a', 'by epoch')
      const other = await store.find('sessions', { userId: 'alice', epoch: 8 })
      expectSame(other, undefined, 'by both')
    },
  },
  {
    name: 'a list is in the order of id by code point, and pages without gap or repeat',
    async run(store) {
      const ids = ['\0', '\u0001', '\u0002', 'A', 'B', 'a', 'a\0', 'aa', 'b', 'é', '\uffff', '😀']
      const shuffled = [...ids].sort((a, b) => a.length - b.length || (a < b ? 1 : -1))
      await store.write(shuffled.map((id) => insert('facts', fact(id, 'x'))))
      await store.write([insert('facts', fact('aaa', 'other'))])
      let page: Page = { limit: 5 }
      for (const expected of [ids.slice(0, 5), ids.slice(5, 10), ids.slice(10), []]) {
        const found = await store.list('facts', { value: 'x' }, page)
        expectSame(
          found.map(({ id }) => id),
          expected,
          `the page after ${page.after}`,
        )
        page = { limit: 5, after: found.at(-1)?.id ?? '' }
      }
      const beyond = await store.list('facts', {}, { limit: 5, after: '😀' })
      expectSame(beyond, [], 'after the last')
    },
  },
  {
    name: 'a limit that is not a number of rows is refused, and 0 gives none',
    async run(store) {
      await store.write([insert('facts', fact('k'))])
      expectSame(await store.list('facts', {}, { limit: 0 }), [], 'no rows')
      for (const limit of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expectRejection(store.list('facts', {}, { limit }), TypeError, `list ${limit}`)
        await expectRejection(store.sweep(0, limit), TypeError, `sweep ${limit}`)
      }
    },
  },
]

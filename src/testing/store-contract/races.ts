/**
 * Of many who try at once, one wins.
 *
 * @module
 */

import { eventMaker } from '../../events.ts'
import { insert, type Store, update, updateAll } from '../../store/store.ts'
import type { FakePlatform } from '../clock.ts'
import { fact, sampleRow, throttle } from './sample-rows.ts'
import { expectSame, type StoreCase } from './store-case.ts'

const AT_ONCE = 100

/** How many of the attempts made at once succeed. */
async function winners(attempt: (at: number) => Promise<boolean>): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => attempt(at)))
  return outcomes.filter(Boolean).length
}

/** Races between writers. */
export const races: readonly StoreCase[] = [
  {
    name: 'SD-01 of 100 that use a thing at once, one does',
    async run(store, platform) {
      const code = { ...sampleRow('authorizationCodes', 'code'), usedAt: null }
      await store.write([insert('authorizationCodes', code)])
      const use = (usedAt: number) =>
        store.write(
          [update('authorizationCodes', { id: 'code', usedAt: null }, { usedAt })],
          [eventMaker(platform, 'race')('code.redeemed')],
        )
      expectSame(await winners(use), 1, 'the winners')
      expectSame((await store.list('events', {}, { limit: 9 })).length, 1, 'the events')
    },
  },
  {
    name: 'SD-01 of 100 that insert the same key at once, one does',
    async run(store) {
      const outcome = await winners((at) => store.write([insert('facts', fact('k', `${at}`))]))
      expectSame(outcome, 1, 'the winners')
    },
  },
  {
    name: 'SD-15 of 100 that take the same unique value at once, one does',
    async run(store) {
      const email = 'alice@a.test'
      const outcome = await winners((at) =>
        store.write([insert('users', { ...sampleRow('users', `${at}`), email })]),
      )
      expectSame(outcome, 1, 'the winners')
      expectSame((await store.list('users', {}, { limit: 9 })).length, 1, 'the users')
    },
  },
  {
    name: 'SD-06 a revocation is kept when the write after it fails',
    async run(store) {
      const family = { ...sampleRow('families', 'f'), generation: 1, revokedAt: null }
      await store.write([insert('families', family)])
      await store.write([updateAll('families', { id: 'f', revokedAt: null }, { revokedAt: 7 })])
      const rotation = update('families', { id: 'f', revokedAt: null }, { generation: 2 })
      expectSame(await store.write([rotation]), false, 'the rotation')
      expectSame((await store.find('families', { id: 'f' }))?.revokedAt, 7, 'the revocation')
    },
  },
  {
    name: 'a revocation that races with rotations leaves no live successor',
    async run(store) {
      const family = { ...sampleRow('families', 'f'), generation: 0, revokedAt: null }
      await store.write([insert('families', family)])
      let generation = 0
      await Promise.all([
        ...Array.from({ length: 20 }, async (_, at) => {
          const where = { id: 'f', generation: at, revokedAt: null }
          if (await store.write([update('families', where, { generation: at + 1 })])) generation++
        }),
        store.write([updateAll('families', { id: 'f' }, { revokedAt: 7 })]),
      ])
      const after = update('families', { id: 'f', revokedAt: null }, { generation: 99 })
      expectSame(await store.write([after]), false, 'a rotation afterwards')
      const found = await store.find('families', { id: 'f' })
      expectSame(found, { ...family, generation, revokedAt: 7 }, 'the family')
    },
  },
  {
    name: 'writers at once keep what all of them must keep',
    async run(store, platform) {
      const accounts = ['a', 'b', 'c']
      const rows = accounts.map((id) => throttle(id, { attempts: AT_ONCE }))
      await store.write(rows.map((row) => insert('throttles', row)))
      const moved = await winners((at) => {
        const [from = 'a', to = 'b'] = [accounts[at % 3], accounts[(at + 1 + (at % 2)) % 3]]
        return move(store, platform, { from, to })
      })
      const left = await store.list('throttles', {}, { limit: 9 })
      const total = left.reduce((sum, { attempts }) => sum + attempts, 0)
      expectSame(total, 3 * AT_ONCE, 'the total')
      expectSame(moved > 0, true, 'whether any moved')
      const events = await store.list('events', {}, { limit: 2 * AT_ONCE })
      expectSame(events.length, moved, 'an event for each move')
    },
  },
]

/** Moves one from a row to another, if neither has changed since both were read. */
async function move(
  store: Store,
  platform: FakePlatform,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const source = await store.find('throttles', { id: from })
    const target = await store.find('throttles', { id: to })
    if (source === undefined || target === undefined) return false
    const step = (id: string, attempts: number, change: number) =>
      update('throttles', { id, attempts }, { attempts: attempts + change })
    const changes = [step(from, source.attempts, -1), step(to, target.attempts, 1)]
    if (await store.write(changes, [eventMaker(platform, 'move')('token.rotated')])) return true
  }
  return false
}

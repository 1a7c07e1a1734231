import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory.ts'
import { type Change, type Page, removeAll, type Store, type Where } from '../store/store.ts'
import type { Row, TableName } from '../store/tables.ts'
import { fakePlatform } from './clock.ts'
import { storeContract } from './store-contract.ts'

/** The names of the cases that a kind of store fails. */
async function failures(open: () => Store): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of storeContract()) {
    await run(open(), fakePlatform()).catch(() => failed.push(name))
  }
  return failed
}

/** A memory store with some of its verbs replaced. */
function faulty(faults: (sound: Store) => Partial<Store>): () => Store {
  return () => {
    const sound = memoryStore()
    const verbs: Store = {
      find: (table, where) => sound.find(table, where),
      list: (table, where, page) => sound.list(table, where, page),
      write: (changes, events) => sound.write(changes, events),
      sweep: (now, limit) => sound.sweep(now, limit),
      close: () => sound.close(),
    }
    return { ...verbs, ...faults(sound) }
  }
}

/** Lists with the page changed. */
const paging = (change: (page: Page) => Page) =>
  faulty((sound) => ({ list: (table, where, page) => sound.list(table, where, change(page)) }))

/** Writes with each change changed. */
const changing = (change: (change: Change) => Change) =>
  faulty((sound) => ({ write: (changes, events) => sound.write(changes.map(change), events) }))

/** Stores that are almost right, and a case that must notice. */
const almostRight: readonly (readonly [fault: string, open: () => Store, noticed: RegExp])[] = [
  [
    'reads first and writes later',
    faulty((sound) => ({
      async write(changes, events) {
        const seen = await Promise.all(
          changes.map((change) =>
            change.verb === 'update' ? sound.find(change.table, change.where) : undefined,
          ),
        )
        const blind = changes.map((change, at) => {
          const row = seen[at]
          if (change.verb !== 'update' || row === undefined) return change
          return { ...change, where: { id: row.id } } as Change
        })
        return sound.write(blind, events)
      },
    })),
    /^SD-01 of 100 that use/,
  ],
  [
    'applies each change by itself',
    faulty((sound) => ({
      async write(changes, events) {
        for (const change of changes) if (!(await sound.write([change]))) return false
        return sound.write([], events)
      },
    })),
    /last change misses/,
  ],
  [
    'records events even if the write failed',
    faulty((sound) => ({
      async write(changes, events) {
        const done = await sound.write(changes)
        await sound.write([], events)
        return done
      },
    })),
    /last change misses/,
  ],
  [
    'loses events',
    faulty((sound) => ({ write: (changes) => sound.write(changes) })),
    /its event are written together/,
  ],
  [
    'lets an update hit several rows',
    changing(
      (change) =>
        ({ ...change, verb: change.verb === 'update' ? 'updateAll' : change.verb }) as Change,
    ),
    /hit two rows/,
  ],
  [
    'replaces the row of a taken key',
    faulty((sound) => ({
      async write(changes, events) {
        for (const change of changes) {
          if (change.verb === 'insert')
            await sound.write([removeAll(change.table, { id: change.row.id })])
        }
        return sound.write(changes, events)
      },
    })),
    /last change misses/,
  ],
  [
    'tells all of a crowd what became of one of them',
    faulty((sound) => {
      const crowd: Promise<boolean>[] = []
      return {
        async write(changes, events) {
          crowd.push(sound.write(changes, events))
          const outcomes = await Promise.all(crowd)
          return outcomes.every(Boolean)
        },
      }
    }),
    /^of 100 writes at once/,
  ],
  [
    'lets a mistake spoil the writes beside it',
    faulty((sound) => {
      const crowd: Promise<boolean>[] = []
      return {
        async write(changes, events) {
          const writing = sound.write(changes, events)
          crowd.push(writing)
          await Promise.all(crowd)
          return writing
        },
      }
    }),
    /^a mistake in a crowd/,
  ],
  [
    'promises a write and makes it later',
    faulty((sound) => ({
      async write(changes, events) {
        setImmediate(() => sound.write(changes, events).catch(() => {}))
        return true
      },
    })),
    /^what a write was told/,
  ],
  [
    'returns a row too many',
    paging((page) => ({ ...page, limit: page.limit + 1 })),
    /a list is in/,
  ],
  ['forgets where a page begins', paging(({ limit }) => ({ limit })), /a list is in/],
  [
    'sweeps late',
    faulty((sound) => ({ sweep: (now, limit) => sound.sweep(now - 1, limit) })),
    /at their expiry/,
  ],
  [
    'sweeps early',
    faulty((sound) => ({ sweep: (now, limit) => sound.sweep(now + 1, limit) })),
    /at their expiry/,
  ],
  ['sweeps without end', faulty((sound) => ({ sweep: (now) => sound.sweep(now, 1000) })), /^SD-12/],
  [
    'hands out the rows it keeps',
    faulty((sound) => {
      const kept = new Map<string, unknown>()
      return {
        async find<T extends TableName>(table: T, where: Where<T>) {
          const query = `${table} ${JSON.stringify(where)}`
          if (!kept.has(query)) kept.set(query, await sound.find(table, where))
          // What is kept under the name of a table is a row of it.
          return kept.get(query) as Row<T> | undefined
        },
      }
    }),
    /copies/,
  ],
  ['goes on after it was closed', faulty(() => ({ close: async () => {} })), /was closed/],
  [
    'ignores a condition it does not know',
    faulty((sound) => ({
      find: (table, where) => sound.find(table, where).catch(() => sound.find(table, {})),
    })),
    /^SD-10 an object/,
  ],
  [
    'cuts keys at NUL',
    changing((change) =>
      change.verb === 'insert' && change.table === 'facts'
        ? { ...change, row: { ...change.row, id: change.row.id.split('\0')[0] || 'cut' } }
        : change,
    ),
    /^SD-10 a hostile key/,
  ],
]

describe('The store contract', () => {
  it('is passed by a sound store', async () => {
    expect(await failures(faulty(() => ({})))).toEqual([])
  })

  it.each(almostRight)('is failed by a store that %s', async (_, open, noticed) => {
    expect(await failures(open)).toContainEqual(expect.stringMatching(noticed))
  })

  it('has no two cases of one name', () => {
    const names = storeContract().map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

import { describe, expect, it } from 'vitest'
import { eventMaker } from '../events.ts'
import { memoryStore } from '../store/memory.ts'
import { insert, type Store, update } from '../store/store.ts'
import type { Family } from '../store/tables.ts'
import { fakePlatform } from '../testing/clock.ts'
import { cutOff } from './cut-off.ts'

const platform = fakePlatform()
const at = platform.now()
const event = eventMaker(platform, 'test')('user.changed', { subject: 'alice' })
const cut = { userId: 'alice', at, because: 'testing', changes: [], event }

const family = (id: string): Family => ({
  id,
  clientId: 'web',
  userId: 'alice',
  scopes: [],
  resource: 'https://mcp.test/mcp',
  generation: 1,
  authTime: at,
  correlationId: 'test',
  createdAt: at,
  rotatedAt: at,
  idleUntil: at + 1,
  expiresAt: at + 1,
  revokedAt: null,
  revokedBecause: null,
})

/** A store in which something happens right after the families were first listed. */
function interrupted(happens: (store: Store) => Promise<unknown>): Store {
  const store = memoryStore()
  let first = true
  return {
    ...{ find: store.find.bind(store), write: store.write.bind(store) },
    ...{ sweep: store.sweep.bind(store), close: store.close.bind(store) },
    async list(table, where, page) {
      const rows = await store.list(table, where, page)
      if (first) await happens(store)
      first = false
      return rows
    },
  }
}

const revocations = async (store: Store) =>
  (await store.list('revocations', {}, { limit: 9 })).map(({ id }) => id)

describe('Cutting a user off', () => {
  it('ends what was granted while it was prepared', async () => {
    const store = interrupted((store) => store.write([insert('families', family('late'))]))
    await store.write([insert('families', family('early'))])
    expect(await cutOff(store, cut)).toBe(true)
    expect(await revocations(store)).toEqual(['family:early', 'family:late'])
    expect(await store.find('families', { id: 'late' })).toMatchObject({
      revokedBecause: 'testing',
    })
  })

  it('changes nothing if a family ended in between, so that the caller tries again', async () => {
    const store = interrupted((store) =>
      store.write([update('families', { id: 'ending' }, { revokedAt: 1 })]),
    )
    await store.write([insert('families', family('ending')), insert('families', family('other'))])
    expect(await cutOff(store, cut)).toBe(false)
    expect(await revocations(store)).toEqual([])
    expect(await store.list('events', {}, { limit: 1 })).toEqual([])
    expect(await cutOff(store, cut)).toBe(true)
    expect(await revocations(store)).toEqual(['family:other'])
  })

  it('does not stumble over a revocation that is there already', async () => {
    const store = memoryStore()
    const known = { id: 'family:f', revokedAt: 1, expiresAt: 2 }
    await store.write([insert('families', family('f')), insert('revocations', known)])
    expect(await cutOff(store, cut)).toBe(true)
    expect(await store.find('revocations', { id: 'family:f' })).toMatchObject({ revokedAt: at })
  })
})

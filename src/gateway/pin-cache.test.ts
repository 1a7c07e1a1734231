import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory.ts'
import { insert, type Store, update } from '../store/store.ts'
import { type FakePlatform, fakePlatform } from '../testing/index.ts'
import { PinCache } from './pin-cache.ts'

const RESOURCE = 'https://as.test/mcp/files'

let platform: FakePlatform
let store: Store
let reads: number
/** What a test puts before the next read is answered. */
let before: (() => void) | undefined
let cache: PinCache

beforeEach(() => {
  platform = fakePlatform()
  store = memoryStore()
  reads = 0
  before = undefined
  const list: Store['list'] = async (table, where, page) => {
    reads++
    const rows = await store.list(table, where, page)
    before?.()
    return rows
  }
  cache = new PinCache(RESOURCE, { list }, platform)
})

const keep = (tool: string, resource = RESOURCE) =>
  store.write([
    insert('tools', {
      id: `${resource} ${tool}`,
      ...{ resource, server: 'files', tool, approvedHash: 'a', approved: null },
      ...{ pendingHash: null, pending: null, seenAt: 0, changedAt: platform.now() },
      approvedAt: null,
    }),
  ])
const change = (tool: string) =>
  store.write([
    update('tools', { id: `${RESOURCE} ${tool}` }, { pendingHash: 'b', changedAt: platform.now() }),
  ])
const pinned = async () =>
  Object.fromEntries([...(await cache.read())].map(([tool, pin]) => [tool, pin.pendingHash]))

describe('The cache of pins', () => {
  it('knows the tools of its own mount, however many pages they are', async () => {
    await keep('read', `${RESOURCE}/other`)
    const tools = Array.from({ length: 1_001 }, (_, index) => `tool-${index}`)
    await Promise.all(tools.map((tool) => keep(tool)))
    expect(Object.keys(await pinned()).sort()).toEqual(tools.sort())
    expect(reads).toBe(3)
  })

  it('asks the store once in three seconds, however many ask it', async () => {
    await keep('read')
    await Promise.all([pinned(), pinned(), pinned()])
    platform.advance(2_999)
    await pinned()
    expect(reads).toBe(1)
    await change('read')
    platform.advance(1)
    expect(await pinned()).toEqual({ read: 'b' })
    expect(reads).toBe(2)
  })

  it('hears of what a process whose clock is minutes behind has written', async () => {
    await keep('read')
    await pinned()
    platform.advance(-500_000)
    await change('read')
    platform.advance(503_000)
    expect(await pinned()).toEqual({ read: 'b' })
  })

  it('believes nothing any longer when the clock was set back', async () => {
    await keep('read')
    await pinned()
    platform.advance(-60_000)
    await change('read')
    expect(await pinned()).toEqual({ read: 'b' })
  })

  it('does not put what was read before over what was written meanwhile', async () => {
    await keep('read')
    before = () => {
      before = undefined
      void change('read')
      cache.put('read', { approvedHash: 'a', pendingHash: 'b', changedAt: platform.now() })
    }
    expect(await pinned()).toEqual({ read: 'b' })
    expect(reads).toBe(2)
  })

  it('asks again when it was in doubt and could not be told', async () => {
    await keep('read')
    await pinned()
    cache.doubt()
    before = () => {
      throw new Error('The store is away.')
    }
    await expect(pinned()).rejects.toThrow('The store is away.')
    before = undefined
    await change('read')
    expect(await pinned()).toEqual({ read: 'b' })
  })
})

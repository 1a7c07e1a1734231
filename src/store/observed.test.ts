import { describe, expect, it } from 'vitest'
import { eventMaker, type WarderEvent } from '../events.ts'
import { fakePlatform } from '../testing/index.ts'
import { insert, memoryStore, observedStore } from './index.ts'

const platform = fakePlatform()
const event = eventMaker(platform, 'flow')
const row = { id: 'a', value: '1' }

describe('An observed store', () => {
  it('tells of an event once it is recorded, and only then', async () => {
    const told: WarderEvent[] = []
    const inner = memoryStore()
    const store = observedStore(inner, (each) => told.push(each))
    const [first, second] = [event('key.created'), event('key.created')]
    expect(await store.write([insert('facts', row)], [first])).toBe(true)
    expect(await store.write([insert('facts', row)], [second])).toBe(false)
    expect(told).toEqual([first])
    const kept = await inner.list('events', {}, { limit: 10 })
    expect(kept.map((each) => each.event)).toEqual([first])
  })
})

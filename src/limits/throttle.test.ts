import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory.ts'
import { fakePlatform } from '../testing/clock.ts'
import { throttleSettings } from './settings.ts'
import { createThrottle } from './throttle.ts'

function setUp() {
  const store = memoryStore()
  const platform = fakePlatform()
  const vault = { hash: (_: string, key = '') => `hashed ${key.length}` }
  const settings = throttleSettings.parse({})
  return { store, platform, throttle: createThrottle({ store, vault, platform, settings }) }
}

describe('A throttle', () => {
  it('waits 1, 2, 4 … seconds from the fifth failure, up to 15 minutes, and an hour from the 20th', async () => {
    const { store, platform, throttle } = setUp()
    const waits: number[] = []
    for (let failures = 1; failures <= 21; failures++) {
      expect(await throttle.admit('a')).toEqual({ admitted: true })
      const [row] = await store.list('throttles', {}, { limit: 1 })
      const wait = Math.max(0, (row?.blockedUntil ?? 0) - platform.now())
      waits.push(wait / 1000)
      platform.advance(wait)
    }
    const doubling = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    expect(waits).toEqual([0, 0, 0, 0, ...doubling, 900, 900, 900, 900, 900, 3600, 3600])
  })

  it('forgets a day after the last failure', async () => {
    const { platform, throttle } = setUp()
    for (let i = 0; i < 5; i++) await throttle.admit('a')
    expect(await throttle.admit('a')).toMatchObject({ admitted: false })
    platform.advance(86_401_000)
    for (let i = 0; i < 5; i++) expect(await throttle.admit('a')).toEqual({ admitted: true })
    expect(await throttle.admit('a')).toEqual({ admitted: false, retryAfterSeconds: 1 })
  })

  it('forgets at once on success, and only that key', async () => {
    const { throttle } = setUp()
    for (let i = 0; i < 5; i++) await Promise.all([throttle.admit('a'), throttle.admit('bb')])
    await throttle.succeed('a')
    expect(await throttle.admit('a')).toEqual({ admitted: true })
    expect(await throttle.admit('bb')).toMatchObject({ admitted: false })
  })

  it('keeps no key in the clear', async () => {
    const { store, throttle } = setUp()
    await throttle.admit('hunter2')
    expect(JSON.stringify(await store.list('throttles', {}, { limit: 9 }))).not.toContain('hunter2')
  })
})

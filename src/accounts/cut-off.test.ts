import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory.ts'
import { insert } from '../store/store.ts'
import type { Family } from '../store/tables.ts'
import { fakePlatform } from '../testing/clock.ts'
import { cutOff } from './cut-off.ts'

const platform = fakePlatform()
const at = platform.now()

const family = (id: string, changes: Partial<Family> = {}): Family => ({
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
  ...changes,
})

describe('Cutting a user off', () => {
  it('ends every family of theirs, however many, and no one else’s', async () => {
    const store = memoryStore()
    const many = Array.from({ length: 500 }, (_, i) => insert('families', family(`f${i}`)))
    await store.write([...many, insert('families', family('bob', { userId: 'bob' }))])
    expect(await store.write(cutOff('alice', 'testing', at + 5))).toBe(true)
    const live = await store.list('families', { revokedAt: null }, { limit: 9 })
    expect(live.map(({ id }) => id)).toEqual(['bob'])
    expect(await store.find('families', { id: 'f499' })).toMatchObject({
      revokedAt: at + 5,
      revokedBecause: 'testing',
    })
  })

  it('leaves the reason of a family that had ended before', async () => {
    const store = memoryStore()
    const ended = family('f', { revokedAt: at, revokedBecause: 'refresh token reused' })
    await store.write([insert('families', ended)])
    await store.write(cutOff('alice', 'testing', at + 5))
    expect(await store.find('families', { id: 'f' })).toEqual(ended)
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { customaryReferences, readConfiguration } from './configuration.ts'

afterEach(() => vi.unstubAllEnvs())

describe('What the environment says by a customary name', () => {
  it('is referred to, and not repeated', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://user:secret@db.example.com/warder')
    vi.stubEnv('REDIS_URL', 'redis://cache.example.com')
    const settings = await readConfiguration({})
    expect(settings).toEqual({
      store: { url: { env: 'DATABASE_URL' } },
      limits: { url: { env: 'REDIS_URL' } },
    })
    expect(customaryReferences(settings)).toEqual([
      ['store', 'DATABASE_URL'],
      ['limits', 'REDIS_URL'],
    ])
  })

  it('gives way to an option', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://db.example.com/warder')
    const settings = await readConfiguration({ store: 'memory:' })
    expect(settings).toEqual({ store: { url: 'memory:' } })
    expect(customaryReferences(settings)).toEqual([])
  })

  it('is nothing if it is empty', async () => {
    vi.stubEnv('DATABASE_URL', '')
    vi.stubEnv('REDIS_URL', '')
    expect(await readConfiguration({})).toEqual({})
  })
})

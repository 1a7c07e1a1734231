import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sqliteStore } from '../sqlite.ts'
import { insert, update } from '../store.ts'
import type { Row } from '../tables.ts'
import { RowCache } from './row-cache.ts'

const byId = (id: string) => ({ id })

/** A cache over one fact, and how often it was read. */
function cached(version: () => number | undefined = () => 1) {
  const cache = new RowCache(version)
  let value = 'first'
  const read = vi.fn(async () => ({ id: 'k', value }))
  return {
    ...{ cache, read },
    find: async () => (await cache.find('facts', byId('k'), read))?.value,
    put: (next: string) => {
      value = next
    },
  }
}

describe('RowCache', () => {
  it('reads once what is asked twice, also if it finds nothing', async () => {
    const { cache, find, read } = cached()
    expect([await find(), await find()]).toEqual(['first', 'first'])
    expect(read).toHaveBeenCalledTimes(1)
    const nothing = vi.fn(async () => undefined)
    await cache.find('facts', byId('other'), nothing)
    expect(await cache.find('facts', byId('other'), nothing)).toBeUndefined()
    expect(nothing).toHaveBeenCalledTimes(1)
  })

  it('reads again after a commit from elsewhere', async () => {
    let version = 1
    const { find, put } = cached(() => version)
    await find()
    put('second')
    expect(await find()).toBe('first')
    version = 2
    expect(await find()).toBe('second')
  })

  it('reads each time while the version is not known', async () => {
    const { find, read } = cached(() => undefined)
    await find()
    await find()
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('reads again during and after a write to the table, and not after one to another', async () => {
    const { cache, find, put, read } = cached()
    await find()
    await cache.write(new Set(['users'] as const), async () => {})
    await find()
    expect(read).toHaveBeenCalledTimes(1)
    const writing = cache.write(new Set(['facts'] as const), async () => {
      put('second')
      expect(await find()).toBe('second')
      put('third')
      throw new Error('and it failed')
    })
    await expect(writing).rejects.toThrow('and it failed')
    expect(await find()).toBe('third')
  })

  it('does not remember what was being read when a write began', async () => {
    const { cache, put, find } = cached()
    let release = () => {}
    const slow = cache.find('facts', byId('k'), async () => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return { id: 'k', value: 'before' }
    })
    await cache.write(new Set(['facts'] as const), async () => put('after'))
    release()
    expect((await slow)?.value).toBe('before')
    expect(await find()).toBe('after')
  })

  it('does not remember bounds, nor what is long', async () => {
    const { cache, read } = cached()
    for (const id of [{ above: 1 }, 'x'.repeat(600)]) {
      read.mockClear()
      await cache.find('facts', { id } as never, read)
      await cache.find('facts', { id } as never, read)
      expect(read).toHaveBeenCalledTimes(2)
    }
  })

  it('leaves what is no value of a cell to whoever reads, each time', async () => {
    const { cache } = cached()
    const refuse = vi.fn(async () => {
      throw new TypeError('no')
    })
    const strange = [undefined, Number.NaN, 1.5, true, 1n, ['k'], () => 'k', new Date(0)]
    await cache.find('facts', {}, async () => undefined)
    await cache.find('facts', { value: null } as never, async () => undefined)
    for (const value of strange) {
      await expect(cache.find('facts', { value } as never, refuse)).rejects.toThrow('no')
    }
    expect(refuse).toHaveBeenCalledTimes(strange.length)
  })

  it('gives the same row to all, which nobody can change', async () => {
    const { cache } = cached()
    const read = async () => ({ id: 'k', roles: ['reader'] }) as unknown as Row<'users'>
    const first = await cache.find('users', byId('k'), read)
    expect(await cache.find('users', byId('k'), read)).toBe(first)
    expect(() => Object.assign(first ?? {}, { id: 'other' })).toThrow(TypeError)
    expect(() => Object.assign(first?.roles ?? [], { 0: 'admin' })).toThrow(TypeError)
  })
})

describe('Two stores on one SQLite file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'warder-rows-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('each find at once what the other has written', async () => {
    const file = join(folder, 'warder.db')
    const [one, other] = [await sqliteStore(file), await sqliteStore(file)]
    try {
      await one.write([insert('facts', { id: 'k', value: '0' })])
      for (let i = 1; i < 50; i++) {
        const [writer, reader] = i % 2 === 0 ? [one, other] : [other, one]
        expect((await reader.find('facts', { id: 'k' }))?.value).toBe(String(i - 1))
        await writer.write([update('facts', { id: 'k' }, { value: String(i) })])
        expect((await reader.find('facts', { id: 'k' }))?.value).toBe(String(i))
        expect((await writer.find('facts', { id: 'k' }))?.value).toBe(String(i))
      }
    } finally {
      await one.close()
      await other.close()
    }
  })
})

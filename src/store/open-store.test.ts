import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../errors.ts'
import { parseSettings } from '../settings.ts'
import { openStore } from './open-store.ts'
import { storeSettings } from './settings.ts'
import { sqliteDrivers } from './sqlite/drivers/index.ts'
import { insert } from './store.ts'

describe('openStore', () => {
  it('opens each kind of store by its scheme', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'warder-open-'))
    const file = join(directory, 'deep', 'warder.db')
    for (const url of ['memory:', 'sqlite::memory:', `sqlite:${file}`, `sqlite://${file}`]) {
      const store = await openStore(url)
      expect(await store.write([insert('facts', { id: url, value: '' })])).toBe(true)
      await store.close()
    }
    expect((await stat(file)).isFile()).toBe(true)
    await rm(directory, { recursive: true })
  })

  it.each([
    '',
    'warder.db',
    './sqlite:x',
    'postgres:user:hunter2@db.test/warder',
    'mysql://user:hunter2@db.test/warder',
    'SQLITE:x.db',
    'constructor:x',
    ':x',
    'sqlite:',
    'sqlite://warder.db',
  ])('refuses %j without repeating it', async (url) => {
    const attempt = openStore(url)
    await expect(attempt).rejects.toThrow(ConfigError)
    await expect(attempt).rejects.toMatchObject({
      path: 'store.url',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  it('does without node:sqlite where Node has none, unless it was asked for', async () => {
    vi.spyOn(sqliteDrivers['node:sqlite'], 'isAvailable').mockReturnValue(false)
    const libsql = vi.spyOn(sqliteDrivers.libsql, 'open')
    await (await openStore('sqlite::memory:')).close()
    expect(libsql).toHaveBeenCalledOnce()
    const attempt = openStore('sqlite::memory:', { driver: 'node:sqlite' })
    await expect(attempt).rejects.toMatchObject({ path: 'store.driver' })
    vi.restoreAllMocks()
  })
})

describe('The settings of the store', () => {
  it('are the careful ones unless told', () => {
    expect(parseSettings(storeSettings, {})).toEqual({
      synchronous: 'full',
      busyTimeout: 2000,
      pool: 16,
      queue: 1000,
      statementTimeout: 5000,
    })
  })

  it('take a URL or a reference to one', () => {
    for (const url of ['memory:', { env: 'DATABASE_URL' }, { file: '/run/secrets/database' }]) {
      expect(parseSettings(storeSettings, { url })).toMatchObject({ url })
    }
  })

  it.each([
    [{ url: '' }, 'url'],
    [{ url: 7 }, 'url'],
    [{ synchronous: 'off' }, 'synchronous'],
    [{ busyTimeout: -1 }, 'busyTimeout'],
    [{ busyTimeout: 60_000 }, 'busyTimeout'],
    [{ busytimeout: 1 }, 'busytimeout'],
    [{ pool: 0 }, 'pool'],
    [{ statementTimeout: 0 }, 'statementTimeout'],
  ])('refuse %j', (input, path) => {
    expect(() => parseSettings(storeSettings, input)).toThrow(expect.objectContaining({ path }))
  })
})

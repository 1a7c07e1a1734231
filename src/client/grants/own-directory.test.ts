import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakePlatform } from '../../testing/clock.ts'
import { OwnDirectory } from './own-directory.ts'

let path = ''
let directory: OwnDirectory
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'warder-own-'))
  directory = new OwnDirectory(path, fakePlatform())
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(path, { recursive: true })
})

const content = (name: string) => readFile(join(path, name), 'utf8').catch(() => 'nothing')

/** What stands under a name whenever something is flushed. */
async function flushes(name: string, act: () => Promise<unknown>): Promise<readonly string[]> {
  const handle = await open(path)
  const kind: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const seen: string[] = []
  const { sync } = kind
  vi.spyOn(kind, 'sync').mockImplementation(async function (this: FileHandle) {
    seen.push(await content(name))
    return sync.call(this)
  })
  await act()
  return seen
}

describe('A directory of ones own', () => {
  it('flushes what a file holds before its name leads there, and then the name', async () => {
    const making = () => directory.create('a.grant', 'first')
    expect(await flushes('a.grant', making)).toEqual(['nothing', 'first'])
    vi.restoreAllMocks()
    const replacing = () => directory.replace('a.grant', 'second')
    expect(await flushes('a.grant', replacing)).toEqual(['first', 'second'])
    vi.restoreAllMocks()
    expect(await flushes('a.grant', () => directory.remove('a.grant'))).toEqual(['nothing'])
  })

  it('makes a file once', async () => {
    expect(await directory.create('a.key', 'first')).toBe(true)
    expect(await directory.create('a.key', 'second')).toBe(false)
    expect(await directory.read('a.key')).toBe('first')
    expect(await directory.names('')).toEqual(['a.key'])
  })

  it('removes what killed writers left of a stem, and of no other', async () => {
    for (const name of ['a.0102.new', 'ab.0102.new', 'a.lock'])
      await writeFile(join(path, name), '')
    await directory.replace('a.grant', 'whole')
    expect(await readdir(path)).toEqual(['a.grant', 'a.lock', 'ab.0102.new'])
    await writeFile(join(path, 'a.0304.new'), 'half')
    await directory.remove('a.grant')
    expect(await readdir(path)).toEqual(['a.lock', 'ab.0102.new'])
  })

  it('leaves a file as it was, and nothing beside it, if it cannot be replaced', async () => {
    await mkdir(join(path, 'a.grant'))
    await writeFile(join(path, 'a.grant', 'full'), '')
    await expect(directory.replace('a.grant', 'whole')).rejects.toThrow(
      expect.objectContaining({
        code: 'store_unusable',
        message: expect.stringMatching(/a\.grant cannot be used \(E\w+\)\. See to it/),
      }),
    )
    expect(await readdir(path)).toEqual(['a.grant'])
  })

  it('says what the system refuses', async () => {
    const below = new OwnDirectory(join(path, 'file', 'below'), fakePlatform())
    await writeFile(join(path, 'file'), '')
    await expect(below.prepare()).rejects.toThrow(/below cannot be used \(ENOTDIR\)/)
    await expect(below.read('a.grant')).rejects.toThrow(/a\.grant cannot be used \(ENOTDIR\)/)
    await expect(below.create('a.grant', '')).rejects.toThrow(/cannot be used \(ENOTDIR\)/)
    await expect(below.identityOf('a.lock')).rejects.toThrow(/cannot be used \(ENOTDIR\)/)
    await expect(below.names('')).rejects.toThrow(/cannot be used \(ENOTDIR\)/)
  })

  it('reads no file that is longer than any of ours', async () => {
    await writeFile(join(path, 'a.grant'), Buffer.alloc(4 * 1024 * 1024 + 1), { mode: 0o600 })
    await expect(directory.read('a.grant')).rejects.toThrow(/no ordinary file of ours/)
  })
})

import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KekSource, type KekSurroundings, loadKek } from './kek.ts'
import type { Secret } from './secret.ts'

const key = Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => i * 5 + 3)).toString('base64')
const load = (
  source: KekSource,
  readEnv: KekSurroundings['readEnv'] = () => undefined,
  more: Partial<KekSurroundings> = {},
) => loadKek(source, { readEnv, ...more })
const text = (kek: Secret<Uint8Array>) => Buffer.from(kek.reveal('testing')).toString('base64')
const configError = (problem: string) => ({
  code: 'config_error',
  path: 'vault.kek',
  message: expect.stringContaining(problem),
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warder-kek-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A key file of a mode, whatever the umask. */
async function keyFile(mode: number, content = `${key}\n`): Promise<string> {
  const file = join(folder, 'given')
  await writeFile(file, content)
  await chmod(file, mode)
  return file
}

describe('A key in the environment', () => {
  it('is read, with or without padding', async () => {
    const padded = await load({ env: 'KEK' }, () => key)
    const bare = await load({ env: 'KEK' }, () => key.replaceAll('=', ''))
    expect([text(padded.kek), text(bare.kek)]).toEqual([key, key])
    expect(padded).toMatchObject({ created: false })
  })

  it.each([
    ['missing', undefined, 'is not set'],
    ['empty', ' ', 'is not set'],
    ['short', 'c2hvcnQ=', 'does not hold 32 bytes'],
    ['not base64', '!'.repeat(44), 'does not hold 32 bytes'],
    ['filler', Buffer.alloc(32, 'a').toString('base64'), 'is not random'],
  ])('is refused if %s, without repeating it', async (_, value, problem) => {
    const refusal = await load({ env: 'KEK' }, () => value).catch((error: unknown) => error)
    expect(refusal).toMatchObject(configError(problem))
    expect(refusal).toMatchObject({ hint: expect.stringContaining('openssl rand -base64 32') })
    if (value !== undefined && value !== ' ') expect(String(refusal)).not.toContain(value)
  })
})

describe('A key in a file', () => {
  it.each([0o400, 0o600, 0o640])('is read at mode %o', async (mode) => {
    const { kek } = await load({ file: await keyFile(mode) })
    expect(text(kek)).toBe(key)
  })

  it('may be behind a symbolic link, as mounted secrets are', async () => {
    const file = await keyFile(0o600)
    await symlink(file, join(folder, 'mounted'))
    const { kek } = await load({ file: join(folder, 'mounted') })
    expect(text(kek)).toBe(key)
  })

  it.each([0o644, 0o604, 0o602])('UI-09 is refused at mode %o', async (mode) => {
    const attempt = load({ file: await keyFile(mode) })
    await expect(attempt).rejects.toMatchObject(configError('others than its owner'))
  })

  it('is refused if it is missing, and not made', async () => {
    const attempt = load({ file: join(folder, 'none') })
    await expect(attempt).rejects.toMatchObject(configError('does not exist'))
    expect(await readdir(folder)).toEqual([])
  })

  it('is refused if it is too long or a directory', async () => {
    const long = load({ file: await keyFile(0o600, `${key}\n`.repeat(50)) })
    await expect(long).rejects.toMatchObject(configError('does not hold 32 bytes'))
    await mkdir(join(folder, 'dir'), { mode: 0o700 })
    await expect(load({ file: join(folder, 'dir') })).rejects.toMatchObject(
      configError('is not an ordinary file'),
    )
  })
})

describe('A key in the data directory', () => {
  it('is made once, readable by its owner only, and warned about', async () => {
    const dataDir = join(folder, 'new', 'data')
    const warnings: string[] = []
    const onWarning = (warning: string) => void warnings.push(warning)
    const first = await load({ dataDir })
    const second = await load({ dataDir }, undefined, { onWarning })
    expect([first.created, second.created]).toEqual([true, false])
    expect(text(second.kek)).toBe(text(first.kek))
    expect(warnings).toEqual([expect.stringContaining('beside the data')])
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(join(dataDir, 'kek'))).mode & 0o777).toBe(0o600)
    expect(await readdir(dataDir)).toEqual(['kek'])
  })

  it('FT-42 is one key, however many processes begin at once', async () => {
    const loaded = await Promise.all(Array.from({ length: 20 }, () => load({ dataDir: folder })))
    expect(new Set(loaded.map(({ kek }) => text(kek))).size).toBe(1)
    expect(loaded.filter(({ created }) => created)).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['kek'])
  })

  it('is not read through a symbolic link', async () => {
    await symlink(await keyFile(0o600), join(folder, 'kek'))
    const attempt = load({ dataDir: folder })
    await expect(attempt).rejects.toMatchObject(configError('could not be opened'))
  })

  it('is not written through a symbolic link either', async () => {
    await symlink(join(folder, 'elsewhere'), join(folder, 'kek'))
    await expect(load({ dataDir: folder })).rejects.toMatchObject(configError(''))
    await expect(readFile(join(folder, 'elsewhere'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is refused where there can be no directory', async () => {
    const dataDir = join(await keyFile(0o600), 'data')
    await expect(load({ dataDir })).rejects.toMatchObject({
      code: 'config_error',
      path: 'data',
      message: `data: ${dataDir} cannot be used (ENOTDIR). Name a directory that this process may write to.`,
    })
  })

  it('is refused where everyone may write', async () => {
    await chmod(folder, 0o777)
    const attempt = load({ dataDir: folder })
    await expect(attempt).rejects.toMatchObject(configError('everyone may write'))
    expect(await readdir(folder)).toEqual([])
  })
})

/**
 * Key-encryption keys in files, and the one that is made in the data directory.
 *
 * Uses `node:fs`, `node:path`: a key in a file needs exclusive creation, modes and fsync.
 *
 * @module
 */

import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import { type Platform, randomToken } from '../platform.ts'
import { type KekOrigin, parseKek } from './kek-text.ts'
import type { Secret } from './secret.ts'

const KEK_BYTES = 32

/** The key in a data directory, and whether it had to be made. */
export interface KekInDirectory {
  readonly kek: Secret<Uint8Array>
  readonly created: boolean
  readonly path: string
}

/**
 * The key of a data directory, made if it is missing.
 *
 * @throws {ConfigError} if the directory cannot be used, or others than its owner can.
 */
export async function kekInDirectory(
  dataDir: string,
  from: (where: string) => KekOrigin,
  platform: Platform,
): Promise<KekInDirectory> {
  const path = join(dataDir, 'kek')
  const origin = from(path)
  const { setting } = origin
  await prepareDirectory(dataDir, setting).catch(unusable(dataDir))
  const existing = await readKekFile(origin, { links: 'refused' })
  if (existing !== undefined) return { kek: existing, created: false, path }

  const created = await writeKek(path, platform).catch(unusable(dataDir))
  // Another process may have been first; then its key counts.
  const kek = await readKekFile(origin, { links: 'refused' })
  if (kek === undefined) throw new ConfigError(setting, `${path} vanished while it was being made.`)
  return { kek, created, path }
}

/** What the system refuses there, said so that whoever runs the server can mend it. */
const unusable = (dataDir: string) => (cause: unknown) => {
  if (!(cause instanceof Error) || !('code' in cause) || cause instanceof ConfigError) throw cause
  const hint = 'Name a directory that this process may write to.'
  throw new ConfigError('data', `${dataDir} cannot be used (${String(cause.code)}).`, hint, {
    cause,
  })
}

async function prepareDirectory(dataDir: string, setting: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const { mode } = await stat(dataDir)
  const sticky = (mode & 0o1000) !== 0
  // Whoever may write here could put a key of theirs in the place of ours.
  if (hasModes && (mode & 0o002) !== 0 && !sticky) {
    throw new ConfigError(setting, `everyone may write to ${dataDir}.`, `Run: chmod 700 ${dataDir}`)
  }
}

/**
 * The key in a file, or undefined if there is no file.
 *
 * @param links - Secret mounts are often symbolic links; a directory that others may write to must
 * not lead elsewhere by one.
 * @throws {ConfigError} if it is no ordinary file, others can use it, or it holds no key.
 */
export async function readKekFile(
  origin: KekOrigin,
  { links }: { readonly links: 'followed' | 'refused' },
): Promise<Secret<Uint8Array> | undefined> {
  const { setting, where: path } = origin
  let handle: FileHandle
  try {
    // Not blocking: a path may name a pipe that nobody writes to.
    const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
    handle = await open(path, O_RDONLY | O_NONBLOCK | (links === 'refused' ? O_NOFOLLOW : 0))
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    const hint = 'It must be an ordinary file that this process may read.'
    throw new ConfigError(setting, `${path} could not be opened.`, hint, { cause })
  }
  try {
    const about = await handle.stat()
    if (!about.isFile()) throw new ConfigError(setting, `${path} is not an ordinary file.`)
    if (hasModes && (about.mode & 0o007) !== 0) {
      const problem = `others than its owner can use ${path}.`
      throw new ConfigError(setting, problem, `Run: chmod 600 ${path}`)
    }
    return parseKek(await readStart(handle), origin)
  } finally {
    await handle.close()
  }
}

/** The start of a file: a key is short, and a path may name anything. */
async function readStart(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

/**
 * Writes a new key, unless there is a file already.
 *
 * It is written aside and then linked into place, so that a crash never leaves half a key and of
 * two processes exactly one wins.
 */
async function writeKek(path: string, platform: Platform): Promise<boolean> {
  const aside = `${path}.${randomToken(platform, 8)}`
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const handle = await open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    await handle.writeFile(`${Buffer.from(platform.random(KEK_BYTES)).toString('base64')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(aside, path)
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return false
    throw cause
  } finally {
    await rm(aside)
  }
  await syncDirectory(join(path, '..'))
  return true
}

/** Makes a new name in a directory outlive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  if (!hasModes) return
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Windows keeps no POSIX modes and cannot open a directory. */
const hasModes = process.platform !== 'win32'

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

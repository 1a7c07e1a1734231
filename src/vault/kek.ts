/**
 * Where the key-encryption key comes from: the environment, a file, or the data directory.
 *
 * Key management services are left out until someone needs one.
 *
 * Uses `node:fs`, `node:path`: a key in a file needs exclusive creation, modes and fsync.
 *
 * @module
 */

import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import { type Platform, randomToken, systemPlatform } from '../platform.ts'
import { Secret } from './secret.ts'

const KEK_BYTES = 32
const PATH = 'vault.kek'
const HOW_TO_MAKE_ONE = 'Make one with: openssl rand -base64 32'

/** Where to look for the key-encryption key; the first that is given is used. */
export interface KekSource {
  /** The name of an environment variable. */
  readonly env?: string | undefined
  /** The path of a file that exists. */
  readonly file?: string | undefined
  /** A directory in which a file named `kek` is kept, and made if it is missing. */
  readonly dataDir?: string | undefined
}

/** The key-encryption key, and what the operator should know about it. */
export interface LoadedKek {
  readonly kek: Secret<Uint8Array>
  /** Whether it did not exist before. */
  readonly created: boolean
  readonly warning?: string
}

/**
 * Finds the key-encryption key, or makes one in the data directory.
 *
 * @throws {ConfigError} if it is missing, malformed, or in a file that others can read.
 */
export async function loadKek(
  { env, file, dataDir }: KekSource,
  readEnv: (name: string) => string | undefined,
  platform: Platform = systemPlatform,
): Promise<LoadedKek> {
  if (env !== undefined) {
    const value = readEnv(env)
    if (value === undefined || value.trim() === '') {
      throw new ConfigError(PATH, `the environment variable ${env} is not set.`, HOW_TO_MAKE_ONE)
    }
    return { kek: parseKek(value, `the environment variable ${env}`), created: false }
  }
  if (file !== undefined) {
    // Secret mounts are often symbolic links, so a configured path may be one.
    const kek = await readKek(file, 0)
    if (kek === undefined) throw new ConfigError(PATH, `${file} does not exist.`, HOW_TO_MAKE_ONE)
    return { kek, created: false }
  }
  if (dataDir === undefined) {
    throw new ConfigError(
      PATH,
      'is not set.',
      `Give an environment variable or a file. ${HOW_TO_MAKE_ONE}`,
    )
  }
  return kekInDirectory(dataDir, platform)
}

async function kekInDirectory(dataDir: string, platform: Platform): Promise<LoadedKek> {
  const path = join(dataDir, 'kek')
  const warning = `The key-encryption key ${path} lies beside the data it protects. Outside of development, move it away and set ${PATH}.`
  await prepareDirectory(dataDir).catch(unusable(dataDir))
  const existing = await readKek(path, constants.O_NOFOLLOW)
  if (existing !== undefined) return { kek: existing, created: false, warning }

  const created = await writeKek(path, platform).catch(unusable(dataDir))
  // Another process may have been first; then its key counts.
  const kek = await readKek(path, constants.O_NOFOLLOW)
  if (kek === undefined) throw new ConfigError(PATH, `${path} vanished while it was being made.`)
  return { kek, created, warning }
}

/** What the system refuses there, said so that whoever runs the server can mend it. */
const unusable = (dataDir: string) => (cause: unknown) => {
  if (!(cause instanceof Error) || !('code' in cause) || cause instanceof ConfigError) throw cause
  const hint = 'Name a directory that this process may write to.'
  throw new ConfigError('data', `${dataDir} cannot be used (${String(cause.code)}).`, hint, {
    cause,
  })
}

async function prepareDirectory(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const { mode } = await stat(dataDir)
  const sticky = (mode & 0o1000) !== 0
  // Whoever may write here could put a key of theirs in the place of ours.
  if (hasModes && (mode & 0o002) !== 0 && !sticky) {
    throw new ConfigError(PATH, `everyone may write to ${dataDir}.`, `Run: chmod 700 ${dataDir}`)
  }
}

/** The key in a file, or undefined if there is no file. */
async function readKek(path: string, flags: number): Promise<Secret<Uint8Array> | undefined> {
  let handle: FileHandle
  try {
    // Not blocking: a path may name a pipe that nobody writes to.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    const hint = 'It must be an ordinary file that this process may read.'
    throw new ConfigError(PATH, `${path} could not be opened.`, hint, { cause })
  }
  try {
    const about = await handle.stat()
    if (!about.isFile()) throw new ConfigError(PATH, `${path} is not an ordinary file.`)
    if (hasModes && (about.mode & 0o007) !== 0) {
      throw new ConfigError(
        PATH,
        `others than its owner can use ${path}.`,
        `Run: chmod 600 ${path}`,
      )
    }
    return parseKek(await readStart(handle), path)
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

/** 32 bytes in base64 or base64url, with or without padding. */
const KEK = /^[A-Za-z0-9+/_-]{43}=?$/

function parseKek(text: string, where: string): Secret<Uint8Array> {
  const trimmed = text.trim()
  if (!KEK.test(trimmed)) {
    throw new ConfigError(PATH, `${where} does not hold 32 bytes in base64.`, HOW_TO_MAKE_ONE)
  }
  const bytes = new Uint8Array(Buffer.from(trimmed, 'base64'))
  // 32 random bytes never have so few different ones; a typed or repeated filler does.
  if (new Set(bytes).size < 12) {
    throw new ConfigError(PATH, `${where} holds a key that is not random.`, HOW_TO_MAKE_ONE)
  }
  return new Secret(bytes)
}

/** Windows keeps no POSIX modes and cannot open a directory. */
const hasModes = process.platform !== 'win32'

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

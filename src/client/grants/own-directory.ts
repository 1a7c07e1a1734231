/**
 * A directory whose files are their owner's alone, and are whole whenever a process or the power ends.
 *
 * Whoever else can write there could lead us to a file of theirs, so symbolic links, other owners and
 * open modes are refused, and not mended: what was open may have been read or changed already.
 * Windows has none of these modes; there the directory lies below one that the system keeps private.
 *
 * Uses `node:fs`, `node:path`: exclusive creation, modes, rename and fsync.
 *
 * @module
 */

import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import type { Platform } from '../../platform.ts'
import { ClientError } from '../errors.ts'

/** Far more than a grant takes; a file of ours is never so long. */
const MOST_BYTES = 4 * 1024 * 1024

/** How the names of files end that are not whole yet. */
const ASIDE = '.new'

/** Windows keeps no POSIX modes and cannot open a directory. */
const hasModes = process.platform !== 'win32'

/** What is wrong with a file or directory, and how to mend it. */
export const unusable = (path: string, problem: string, mend: string, cause?: unknown) =>
  new ClientError('store_unusable', `${path} ${problem} ${mend}`, { cause })

/**
 * A directory and what lies in it. The name of a file is a stem and an ending: `a.grant`.
 *
 * Each verb rejects with a `ClientError` `store_unusable` for what is not its owner's alone, and for
 * what the system refuses.
 */
export class OwnDirectory {
  readonly path: string
  readonly #chance: Pick<Platform, 'random'>

  /**
   * @param chance - For the names of files that are not whole yet.
   * @throws {ConfigError} if the path is not absolute.
   */
  constructor(path: string, chance: Pick<Platform, 'random'>) {
    if (!isAbsolute(path)) {
      const hint = 'Otherwise it would be another one wherever you start.'
      throw new ConfigError('directory', 'must be an absolute path.', hint)
    }
    this.path = path
    this.#chance = chance
  }

  /** Where a file lies, or would. */
  pathOf(name: string): string {
    return join(this.path, name)
  }

  /** Sees to it that it is there. */
  async prepare(): Promise<void> {
    const { path } = this
    await attempt(path, () => mkdir(path, { recursive: true, mode: 0o700 }))
    const about = await attempt(path, () => lstat(path))
    if (!about.isDirectory()) {
      throw unusable(path, 'is no directory.', 'Remove it, or name another one.')
    }
    checkOwner(path, about)
    checkMode(path, about, '700')
  }

  /** The names that end so, in their order. */
  async names(ending: string): Promise<readonly string[]> {
    const names = await attempt(this.path, () => readdir(this.path))
    return names.filter((name) => name.endsWith(ending)).sort()
  }

  /** What a file holds; nothing if there is none. */
  async read(name: string): Promise<string | undefined> {
    const path = this.pathOf(name)
    const file = await openOwn(path)
    if (file === undefined) return undefined
    try {
      const about = await file.stat()
      checkFile(path, about)
      checkMode(path, about, '600')
      if (about.size > MOST_BYTES) throw notOrdinary(path)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  }

  /**
   * Makes a file, unless there is one: `false` then. Of several processes exactly one makes it, and
   * nobody ever sees a part of it.
   */
  async create(name: string, text: string): Promise<boolean> {
    const aside = await this.#writeAside(name, text)
    try {
      await link(aside, this.pathOf(name))
    } catch (error) {
      // Whoever made it before us may have tidied up already.
      if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) return false
      throw refusal(this.pathOf(name), error)
    } finally {
      await attempt(aside, () => rm(aside, { force: true }))
    }
    await this.#flush()
    return true
  }

  /**
   * Makes or replaces a file, so that it holds either what it held or what it shall, and removes what
   * killed writers of its stem left behind. Only one process at a time may do so.
   */
  async replace(name: string, text: string): Promise<void> {
    await this.#removeLeftovers(name)
    const aside = await this.#writeAside(name, text)
    await attempt(this.pathOf(name), () => rename(aside, this.pathOf(name)), aside)
    await this.#flush()
  }

  /** Removes a file, if there is one, and what killed writers of its stem left behind. */
  async remove(name: string): Promise<void> {
    await this.#removeLeftovers(name)
    await attempt(this.pathOf(name), () => rm(this.pathOf(name), { force: true }))
    await this.#flush()
  }

  /** A file by what it is, whatever its name becomes; nothing if there is none of that name. */
  async identityOf(name: string): Promise<string | undefined> {
    const path = this.pathOf(name)
    try {
      const about = await lstat(path)
      checkFile(path, about)
      return [about.dev, about.ino, about.birthtimeMs].join(' ')
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw refusal(path, error)
    }
  }

  async #writeAside(name: string, text: string): Promise<string> {
    const random = Buffer.from(this.#chance.random(8)).toString('hex')
    const aside = this.pathOf(`${stemOf(name)}.${random}${ASIDE}`)
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
    const write = async () => {
      const file = await open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
    }
    await attempt(this.pathOf(name), write, aside)
    return aside
  }

  async #removeLeftovers(name: string): Promise<void> {
    const own = `${stemOf(name)}.`
    for (const left of await this.names(ASIDE)) {
      if (!left.startsWith(own)) continue
      await attempt(this.pathOf(left), () => rm(this.pathOf(left), { force: true }))
    }
  }

  /** Makes names in it outlive a power cut. */
  async #flush(): Promise<void> {
    if (!hasModes) return
    await attempt(this.path, async () => {
      const directory = await open(this.path, constants.O_RDONLY)
      await directory.sync().finally(() => directory.close())
    })
  }
}

async function openOwn(path: string): Promise<FileHandle | undefined> {
  try {
    // Not blocking: the name may be that of a pipe that nobody writes to.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw hasCode(error, 'ELOOP') ? notOrdinary(path) : refusal(path, error)
  }
}

/** Does what the system may refuse, and leaves nothing behind then. */
async function attempt<T>(path: string, act: () => Promise<T>, aside?: string): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const refused = refusal(path, error)
    const giveUp = () => {
      throw refused
    }
    return aside === undefined ? giveUp() : rm(aside, { force: true }).then(giveUp, giveUp)
  }
}

const stemOf = (name: string): string => name.slice(0, name.lastIndexOf('.'))

function checkFile(path: string, about: Stats): void {
  if (!about.isFile()) throw notOrdinary(path)
  checkOwner(path, about)
}

function checkOwner(path: string, { uid }: Stats): void {
  const own = process.getuid?.() ?? uid
  if (uid === own) return
  const mend = 'Run this as that user, or name another directory.'
  throw unusable(path, 'belongs to another user.', mend)
}

function checkMode(path: string, { mode }: Stats, wanted: '600' | '700'): void {
  if (!hasModes || (mode & 0o077) === 0) return
  throw unusable(path, 'is open to others than its owner.', `Run: chmod ${wanted} ${path}`)
}

const notOrdinary = (path: string) =>
  unusable(path, 'is no ordinary file of ours.', 'Look who put it there, and remove it.')

/** What the system refuses, said so that its user can mend it; other errors as they are. */
function refusal(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof ClientError) return error
  const mend = 'See to it that this user may write there, and that there is space.'
  return unusable(path, `cannot be used (${String(error.code)}).`, mend, error)
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

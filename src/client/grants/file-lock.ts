/**
 * A lock between processes, which the system takes from whoever dies.
 *
 * It is the lock that SQLite takes on a file, since Node itself has none: `fcntl` on POSIX,
 * `LockFileEx` on Windows. The kernel ties it to the process. So `kill -9` frees it at once; there is no
 * lease to outlive, no id of a process to be used again, and no stale lock to be judged by guessing. The
 * file stays empty and nothing is ever written to it.
 *
 * A holder that is stopped (Ctrl-Z, a debugger) keeps its lock, on purpose: it may have used up a refresh
 * token, and whoever used that one again would end the session. Others wait for it, then say so.
 *
 * It holds among containers of one machine that share the directory. It does not among machines, or
 * where a file system only pretends to lock, as some network and desktop shares do. Lock files are
 * never removed here: whoever waited for one would not wait for the next of that name.
 *
 * @see {@link https://www.sqlite.org/lockingv3.html | File locking in SQLite}
 * @module
 */

import type { SqliteConnection } from '../../store/sqlite/drivers/driver.ts'
import { sqliteDrivers } from '../../store/sqlite/drivers/index.ts'
import { ClientError } from '../errors.ts'
import { type OwnDirectory, unusable } from './own-directory.ts'

/** Runs one thing at a time for each file of a directory, in whatever process. */
export class FileLocks {
  readonly #directory: OwnDirectory
  readonly #patience: number
  /** Those of this process queue up here, so that one at most asks the system. */
  readonly #last = new Map<string, Promise<unknown>>()

  /** @param patience - Milliseconds to wait for another process. */
  constructor(directory: OwnDirectory, patience: number) {
    this.#directory = directory
    this.#patience = patience
  }

  /**
   * Runs something while nobody else runs anything under the same name of a file.
   *
   * @throws {ClientError} `timed_out` if another process does not come to its end; `store_unusable` if
   * the file cannot be locked. Otherwise whatever `run` throws.
   */
  hold<T>(name: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const held = before.then(async () => {
      const lock = await acquire(this.#directory, name, this.#patience)
      try {
        return await run()
      } finally {
        lock.close()
      }
    })
    const over = held.then(nothing, nothing).then(() => {
      if (this.#last.get(name) === over) this.#last.delete(name)
    })
    this.#last.set(name, over)
    return held
  }

  /** Resolves when nothing is held any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}

const nothing = (): void => {}

/** Opens a file and locks it; closing it gives the lock back. */
async function acquire(
  directory: OwnDirectory,
  name: string,
  patience: number,
): Promise<SqliteConnection> {
  const path = directory.pathOf(name)
  const wait = waiter(path, patience)
  for (;;) {
    // Opened by SQLite alone: if this process closed the file by itself, its locks on it would end.
    const wanted = await directory.identityOf(name)
    if (wanted !== undefined) {
      const file = await openFile(path)
      try {
        while (!isTaken(file, path)) await wait()
        // Others would not see a lock on a file that somebody has removed meanwhile.
        if ((await directory.identityOf(name)) === wanted) return file
      } catch (error) {
        file.close()
        throw error
      }
      file.close()
    }
    if (!(await directory.create(name, ''))) await wait()
  }
}

async function openFile(path: string): Promise<SqliteConnection> {
  const driver = sqliteDrivers['node:sqlite'].isAvailable() ? 'node:sqlite' : 'libsql'
  try {
    return await sqliteDrivers[driver].open(path)
  } catch (cause) {
    throw unlockable(path, cause)
  }
}

/** Takes the lock, if nobody has it. */
function isTaken(file: SqliteConnection, path: string): boolean {
  try {
    // The journal in memory: there is nothing to recover, and so no second file.
    file.exec('pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw unlockable(path, error)
  }
}

const unlockable = (path: string, cause: unknown) =>
  unusable(path, 'cannot be locked.', 'Use a directory on a disk of this machine.', cause)

const SQLITE_BUSY = 5

/** Whether another connection has the lock. Each driver puts SQLite's result elsewhere. */
function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const code = 'rawCode' in error ? error.rawCode : 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY
}

/** Milliseconds between attempts. */
const FIRST_PAUSE = 2
const LONGEST_PAUSE = 40

/** Waits longer each time, and gives up in the end. It keeps the process alive. */
function waiter(path: string, patience: number): () => Promise<void> {
  let waited = 0
  let pause = FIRST_PAUSE
  return async () => {
    if (waited >= patience) throw givenUp(path, patience)
    const now = pause
    await new Promise((resolve) => setTimeout(resolve, now))
    waited += now
    pause = Math.min(pause * 2, LONGEST_PAUSE)
  }
}

const givenUp = (path: string, patience: number) =>
  new ClientError(
    'timed_out',
    `Another process has been busy with the same sign-in for ${patience / 1000} s. If it is stopped, continue or end it; then try again.`,
    { detail: path },
  )

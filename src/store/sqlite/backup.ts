/**
 * A copy of a SQLite file while it is in use: what was committed when it began, and nothing since.
 *
 * @see {@link https://www.sqlite.org/lang_vacuum.html#vacuum_with_an_into_clause | VACUUM INTO}
 * @module
 */

import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WarderError } from '../../errors.ts'
import { StoreUnavailable } from '../errors.ts'
import type { SqliteConnection } from './drivers/driver.ts'

/** Opens a SQLite file. */
export type OpenSqlite = (path: string) => Promise<SqliteConnection>

/**
 * Copies a database into a new file, for its owner alone (0600), and looks whether it is whole.
 *
 * @returns How large the copy is, in bytes.
 * @throws {WarderError} `file_exists` if there is such a file; it is left as it is.
 * @throws {StoreUnavailable} if it cannot be copied. Nothing is left behind.
 */
export async function backUp(
  from: SqliteConnection,
  to: string,
  open: OpenSqlite,
): Promise<number> {
  await makeEmpty(to)
  try {
    from.prepare('vacuum into ?').run([to])
    await checkWhole(to, open)
    return await flush(to)
  } catch (error) {
    await rm(to, { force: true })
    throw new StoreUnavailable({ detail: `no backup was made: ${String(error)}`, cause: error })
  }
}

/** SQLite takes an empty file, but would not make one that only its owner can read. */
async function makeEmpty(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EEXIST') {
      throw new WarderError('file_exists', `${path} exists already. Name a file that does not.`)
    }
    throw new WarderError('no_backup', `${path} cannot be written.`, {
      detail: String(code),
      cause,
    })
  }
}

async function checkWhole(path: string, open: OpenSqlite): Promise<void> {
  const copy = await open(path)
  try {
    const [row] = copy.prepare('pragma quick_check(1)').all([])
    const found = typeof row === 'object' && row !== null ? Object.values(row)[0] : row
    if (found !== 'ok') throw new Error(`the copy is not whole: ${String(found)}`)
  } finally {
    copy.close()
  }
}

/** A backup that a power cut can undo is none. */
async function flush(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    await file.sync()
    const folder = await open(dirname(path), 'r')
    await folder.sync().finally(() => folder.close())
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

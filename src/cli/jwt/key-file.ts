/**
 * Writing keys to files: for their owner alone, and never over another by accident.
 *
 * @module
 */

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { randomToken, systemPlatform } from '../../platform.ts'

/** A file to be written. */
export interface KeyFile {
  readonly path: string
  readonly text: string
  /** `0o600` for what is secret. */
  readonly mode: number
  /** The option that named it. */
  readonly option: string
}

/**
 * Refuses files that are there, before anything is made for them.
 *
 * @throws {ConfigError} naming the option.
 */
export function checkFree(files: readonly Pick<KeyFile, 'path' | 'option'>[]): void {
  for (const { path, option } of files) if (existsSync(path)) throw isThere(path, option)
}

const isThere = (path: string, option: string) =>
  new ConfigError(
    option,
    `${path} is there already.`,
    'A key that is written over is lost. To do it all the same: --force',
  )

/** Writes a file. @throws {ConfigError} if that cannot be. */
export function writeKeyFile(file: KeyFile, force: boolean): void {
  try {
    if (force) replace(file)
    else writeFileSync(file.path, file.text, { flag: 'wx', mode: file.mode })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EEXIST') throw isThere(file.path, file.option)
    throw new ConfigError(
      file.option,
      `${file.path} cannot be written (${String(code)}).`,
      undefined,
      { cause },
    )
  }
}

/** Another file in its place: the old one may be open to others, or lead elsewhere. */
function replace({ path, text, mode }: KeyFile): void {
  const beside = join(dirname(resolve(path)), `.${randomToken(systemPlatform, 9)}`)
  try {
    writeFileSync(beside, text, { flag: 'wx', mode })
    renameSync(beside, path)
  } catch (cause) {
    rmSync(beside, { force: true })
    throw cause
  }
}

/**
 * Where a user's grants are kept, unless told: where each system has what programs keep for one user.
 *
 * @see {@link https://specifications.freedesktop.org/basedir-spec/latest/ | XDG Base Directory Specification}
 * @module
 */

import { posix, win32 } from 'node:path'

/** What the place depends on. */
export interface UserSurroundings {
  /** The operating system, as `process.platform` has it. */
  readonly os: string
  /** The home directory. */
  readonly home: string
  readEnv(name: string): string | undefined
}

/** The directory of a user's grants. It need not be there yet. */
export function grantsDirectory({ os, home, readEnv }: UserSurroundings): string {
  if (os === 'win32') {
    const local = readEnv('LOCALAPPDATA')
    return win32.join(absolute(local, win32) ?? win32.join(home, 'AppData', 'Local'), 'warder')
  }
  const state = absolute(readEnv('XDG_STATE_HOME'), posix)
  if (state === undefined && os === 'darwin') {
    return posix.join(home, 'Library', 'Application Support', 'warder')
  }
  return posix.join(state ?? posix.join(home, '.local', 'state'), 'warder')
}

/** A path that is not absolute counts as none: it would lead elsewhere in each directory. */
const absolute = (path: string | undefined, { isAbsolute }: typeof posix): string | undefined =>
  path !== undefined && isAbsolute(path) ? path : undefined

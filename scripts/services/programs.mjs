/** Where the programs of this machine are, and as whom they may run. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where Debian keeps the servers of each version, newest first: they are not in PATH. */
function debianFolders() {
  const folder = '/usr/lib/postgresql'
  try {
    const versions = readdirSync(folder).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(folder, version, 'bin'))
  } catch {
    return []
  }
}

const path = () => (process.env.PATH ?? '').split(delimiter)

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first of some programs that is there, with its path; undefined if none is. */
export function findProgram(...names) {
  const folders = [...path(), ...debianFolders()]
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => isExecutable(file))
}

/** Whom a server runs as: root's servers as somebody else, because PostgreSQL refuses root. */
export function servant(name) {
  if (process.getuid?.() !== 0) return {}
  const id = (option, user) => {
    const { status, stdout } = spawnSync('id', [option, user], { encoding: 'utf8' })
    return status === 0 ? Number(stdout) : undefined
  }
  const user = id('-u', name) === undefined ? 'nobody' : name
  return { uid: id('-u', user), gid: id('-g', user) }
}

/** The files of the project, by path from its folder. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder that package.json is in. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Sources by path. */
export type Tree = ReadonlyMap<string, string>

/** The paths of all files below a folder, in order; none if there is no such folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(root + folder)) return []
  return readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.replaceAll('\\', '/')}/${entry.name}`)
    .map((path) => path.slice(root.length))
    .sort()
}

/** A file's text. */
export const read = (path: string): string => readFileSync(root + path, 'utf8')

/** Every TypeScript file below a folder. */
export function sourcesBelow(folder: string): Tree {
  const paths = filesBelow(folder).filter((path) => /\.tsx?$/.test(path))
  return new Map(paths.map((path) => [path, read(path)]))
}

/** Part of `src/` as JavaScript, for processes that a test starts by themselves. */

import { execFile } from 'node:child_process'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/**
 * Compiles a file of `src/` and all that it imports, laid out as there.
 *
 * @returns The directory, which is the caller's to remove.
 */
export async function compiled(entry: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'warder-compiled-'))
  await symlink(resolve('node_modules'), join(directory, 'node_modules'))
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
  await promisify(execFile)(process.execPath, [
    join(dirname(compiler), 'bin/tsc'),
    ...[entry, '--ignoreConfig', '--noCheck', '--rewriteRelativeImportExtensions'],
    ...['--rootDir', 'src', '--outDir', directory, '--module', 'nodenext', '--target', 'es2023'],
  ])
  return directory
}

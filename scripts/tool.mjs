/** Runs a tool from node_modules/.bin and keeps quiet unless it fails. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder that package.json is in. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs `name` with `args` in the project's folder.
 *
 * @returns {{ ok: boolean, output: string, seconds: string }}
 */
export function tool(name, ...args) {
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(`${root}node_modules/.bin/${name}`, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  return {
    ok: status === 0,
    output: error === undefined ? `${stdout}${stderr}`.trim() : error.message,
    seconds: `${((performance.now() - started) / 1000).toFixed(1)} s`,
  }
}

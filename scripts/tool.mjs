/** Runs the project's tools and keeps what they say. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder that package.json is in. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a tool from `node_modules/.bin`. */
export const tool = (name, ...args) => run(`${root}node_modules/.bin/${name}`, args)

/** Runs another script of this folder. */
export const script = (name, ...args) => run(process.execPath, [`${root}scripts/${name}`, ...args])

/** @returns {{ ok: boolean, output: string, seconds: string }} */
function run(command, args) {
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, {
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

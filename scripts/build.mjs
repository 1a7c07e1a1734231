/** Compiles `src/` to `dist/`: plain `tsc`, no bundler. `npm start` runs this, so it stays fast. */

import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { root, tool } from './tool.mjs'

const dist = `${root}dist`
const command = `${dist}/cli/main.js`

rmSync(dist, { recursive: true, force: true })
const { ok, output, seconds } = tool('tsc', '-p', 'tsconfig.build.json')
if (output !== '') console.error(output)

const complete = ok && existsSync(command)
if (complete) chmodSync(command, 0o755)

const files = existsSync(dist) ? readdirSync(dist, { recursive: true }) : []
const modules = files.filter((name) => name.endsWith('.js'))
console.log(`build: ${complete ? 'ok' : 'FAILED'}, ${modules.length} modules in dist/, ${seconds}`)
process.exitCode = complete ? 0 : 1

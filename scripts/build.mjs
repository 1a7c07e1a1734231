/** Compiles `src/` to `dist/`: plain `tsc`, no bundler. `npm start` runs this, so it stays fast. */

import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { root, tool } from './tool.mjs'

const dist = `${root}dist`
const command = `${dist}/cli/main.js`

rmSync(dist, { recursive: true, force: true })
const { ok, output, seconds } = tool('tsc', '-p', 'tsconfig.build.json')
if (output !== '') console.error(output)

const built = existsSync(dist) ? readdirSync(dist, { recursive: true }) : []
const modules = built.filter((name) => name.endsWith('.js'))
if (existsSync(command)) chmodSync(command, 0o755)

console.log(`build: ${ok ? 'ok' : 'FAILED'}, ${modules.length} modules in dist/, ${seconds}`)
process.exitCode = ok && existsSync(command) ? 0 : 1

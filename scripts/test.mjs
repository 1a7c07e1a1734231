/**
 * The tests, on the store that is named: memory (the default), sqlite or postgres. Everything else is
 * passed on to vitest. On postgres, what needs a PostgreSQL or a Redis is part of the run.
 *
 * Usage: npm test [-- --store NAME] [FILES…]
 */

import { spawnSync } from 'node:child_process'
import { root } from './tool.mjs'

const stores = ['memory', 'sqlite', 'postgres']

const args = process.argv.slice(2)
const at = args.findIndex((arg) => arg === '--store' || arg.startsWith('--store='))
const env = { ...process.env }
if (at !== -1) {
  const [option] = args.splice(at, 1)
  const name = option.includes('=') ? option.slice('--store='.length) : args.splice(at, 1)[0]
  if (!stores.includes(name)) {
    console.error(`npm test: there is no store “${name}” here; use: ${stores.join(', ')}`)
    process.exit(2)
  }
  env.WARDER_TEST_STORE = name
}

const vitest = `${root}node_modules/vitest/vitest.mjs`
const { status } = spawnSync(process.execPath, [vitest, 'run', ...args], { stdio: 'inherit', env })
process.exitCode = status ?? 1

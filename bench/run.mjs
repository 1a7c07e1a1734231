/**
 * The benchmarks: Warder beside what else there is, and beside the least that could be done.
 *
 * Usage: npm run bench [-- NAME…] [--json FILE] [--seconds N] [--rounds N] [--scale X] [--dry]
 *
 * What is measured is written to `bench/results.json` and from there to `docs/benchmarks.md`, by the
 * version of Node that ran it; `--dry` only prints. `--scale` is the part of a million grants and ten
 * million used rows that `rows` makes.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { busyness, describeMachine } from './machine.mjs'
import { keepResults, printResults, rowsOf } from './report.mjs'
import { stopPostgres } from './warder/postgres.mjs'
import { works } from './works/index.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '0.1' },
    dry: { type: 'boolean', default: false },
  },
})

const known = works.map(({ name }) => name)
const unknown = positionals.find((name) => !known.includes(name))
if (unknown !== undefined) {
  console.error(`bench: there is no “${unknown}” here; use: ${known.join(', ')}`)
  process.exit(2)
}
const wanted = works.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const plan = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  scale: Number(values.scale),
}

console.log(`${describeMachine()}\nNode ${process.versions.node}\n`)
installPeers()
const all = []
for (const { name, title, kind, connections, run } of wanted) {
  const busyBefore = await busyness()
  const results = await run({ ...plan, connections })
  const measured = { name, title, kind, connections, ...plan, busyBefore, results }
  printResults(measured)
  all.push(measured)
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(all.flatMap(rowsOf), undefined, 2)}\n`)
}
if (!values.dry) await keepResults(all)
await stopPostgres()

/** What Warder is measured against is not installed with it. */
function installPeers() {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  if (existsSync(`${folder}node_modules`)) return
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * The fault harness: real servers on a real store, and everything that can happen to them.
 *
 * Usage: npm run chaos -- [--seed N] [--store sqlite|postgres|redis|file] [--scenario FT-xx] [--rounds N]
 *                         [--short] [--plants] [--record] [--at COMMIT]
 *
 * `--plants` breaks the product on purpose, where each scenario must notice; `--record` writes
 * docs/reliability.md; `--at` builds a commit instead of the files as they are.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from './random.mjs'
import { commitOf, record } from './record.mjs'
import { scenarios } from './scenarios/index.mjs'
import { build, root, testBuild } from './test-build.mjs'
import { startWarden } from './warden.mjs'
import { World } from './world.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    store: { type: 'string', multiple: true },
    scenario: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    plants: { type: 'boolean', default: false },
    at: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
})

const isShort = values.short || values.plants
const seed = values.seed ?? String(Date.now() % 1_000_000)
const warden = startWarden()
const scratch = join(root, '.tools/chaos')
mkdirSync(scratch, { recursive: true })
const builds = mkdtempSync(join(scratch, 'run-'))
const folders = mkdtempSync(join(tmpdir(), 'warder-chaos-'))
for (const folder of [builds, folders]) warden.folder(folder)

const product = buildProduct()

function buildProduct() {
  try {
    return build(join(builds, 'product'), values.at === undefined ? {} : { at: values.at })
  } catch (error) {
    // So soon, the warden may not have heard of them.
    for (const folder of [builds, folders]) rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** CI runs the scenarios that are not for longer runs, on the stores where each says most. */
function chosen() {
  const named = values.scenario
  const wanted = scenarios.filter(({ id, ci }) => named?.includes(id) ?? (!values.short || ci))
  return wanted.flatMap((scenario) => {
    const usual = values.short && named === undefined ? scenario.ci : scenario.stores
    const names = values.store ? scenario.stores : usual
    return names
      .filter((name) => values.store?.includes(name) ?? true)
      .map((storeName) => ({ scenario, storeName }))
  })
}

async function runOne(scenario, storeName, plant) {
  const name = [scenario.id, storeName, plant].filter(Boolean).join('-')
  const random = new Random(`${seed}/${scenario.id}/${storeName}`)
  const needsTestBuild = plant !== undefined || scenario.failpoints
  const used = needsTestBuild ? testBuild(product, join(builds, name), { plant }) : product
  const world = new World({
    ...{ random, storeName, scenario, warden },
    ...{ build: used, library: product, folder: join(folders, name) },
  })
  const started = performance.now()
  const rounds = Number(values.rounds ?? scenario.rounds[isShort ? 'short' : 'full'])
  try {
    await scenario.run(world, { rounds, short: isShort })
    const { checked, problems, operations } = await world.judge()
    const seconds = (performance.now() - started) / 1000
    return { checked, problems, operations, seconds, kills: world.kills, facts: world.facts }
  } finally {
    await world.close()
  }
}

const allProblems = ({ checked, problems }) => [
  ...problems,
  ...checked.flatMap(({ id, problems: its }) => its.map((problem) => `${id}: ${problem}`)),
]

const failed = (error) => ({
  ...{ checked: [], operations: 0, seconds: 0, kills: 0, facts: {} },
  problems: [error.stack],
})

/** Tells of a run. @returns whether it went as it must */
function tell({ scenario, storeName, plant, result }) {
  const problems = allProblems(result)
  // Where a fault was planted, it must have been noticed, and by more than an error of the harness.
  const held =
    plant === undefined ? problems.length === 0 : problems.length > 0 && result.operations > 0
  const seen = result.checked.filter((each) => each.looked > 0).map(({ id }) => id)
  const what = plant === undefined ? scenario.title : `planted ${plant}`
  const { id } = scenario
  const { operations, kills, seconds, facts } = result
  console.log(
    `${held ? 'ok    ' : 'FAILED'} ${id} ${storeName.padEnd(8)} ${what}: ${operations} operations, ${kills} kills, INV ${seen.map((each) => each.slice(4)).join(' ')}, ${seconds.toFixed(1)} s`,
  )
  if (!held) {
    console.log(
      `       seed ${seed}: npm run chaos -- --seed ${seed} --store ${storeName} --scenario ${id}`,
    )
  }
  const shown = plant === undefined ? 10 : 2
  for (const problem of problems.slice(0, shown)) console.log(`       ${problem}`)
  if (problems.length > shown) console.log(`       … ${problems.length - shown} more`)
  if (values.record) {
    record({
      ...{ id, store: storeName, plant, short: isShort, held, seed, operations, kills, facts },
      ...{ invariants: seen, first: problems[0], seconds: Math.round(seconds) },
      commit: commitOf(values.at),
      at: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${cpus()[0].model}, Node ${process.version}`,
    })
  }
  return held
}

// Services let go of this process while nobody waits for them.
const alive = setInterval(() => {}, 60_000)
let failures = 0
for (const { scenario, storeName } of chosen()) {
  const plant = values.plants ? scenario.plant : undefined
  if (values.plants && plant === undefined) continue
  const result = await runOne(scenario, storeName, plant).catch(failed)
  if (!tell({ scenario, storeName, plant, result })) failures++
}
clearInterval(alive)

const minutes = (performance.now() / 60_000).toFixed(1)
console.log(
  failures === 0
    ? `chaos: everything held, seed ${seed}, ${minutes} min`
    : `chaos: ${failures} FAILED, seed ${seed}, ${minutes} min`,
)
process.exitCode = failures === 0 ? 0 : 1

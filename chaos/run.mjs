/**
 * The fault harness: real servers on a real store, and everything that can happen to them.
 *
 * Usage: npm run chaos -- [--seed N] [--store sqlite|postgres|redis] [--scenario FT-xx] [--rounds N]
 *                         [--short] [--plants] [--record]
 */

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from './random.mjs'
import { scenarios } from './scenarios/index.mjs'
import { stores } from './stores/index.mjs'
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

const seed = values.seed ?? String(Date.now() % 1_000_000)
const warden = startWarden()
const scratch = join(root, '.tools/chaos')
mkdirSync(scratch, { recursive: true })
const builds = mkdtempSync(join(scratch, 'run-'))
const folders = mkdtempSync(join(tmpdir(), 'warder-chaos-'))
for (const folder of [builds, folders]) warden.folder(folder)

const product = build(join(builds, 'product'), values.at === undefined ? {} : { at: values.at })

function chosen() {
  const wanted = scenarios.filter(
    ({ id, ci }) => values.scenario?.includes(id) ?? (!values.short || ci !== false),
  )
  const names = values.store ?? Object.keys(stores)
  return wanted.flatMap((scenario) =>
    scenario.stores
      .filter((name) => names.includes(name))
      .map((storeName) => ({ scenario, storeName })),
  )
}

async function runOne(scenario, storeName, plant) {
  const name = [scenario.id, storeName, plant].filter(Boolean).join('-')
  const random = new Random(`${seed}/${scenario.id}/${storeName}`)
  const needsTestBuild = plant !== undefined || scenario.failpoints
  const used = needsTestBuild ? testBuild(product, join(builds, name), { plant }) : product
  const world = new World({
    ...{ random, storeName, scenario, warden },
    build: used,
    library: product,
    folder: join(folders, name),
  })
  const started = performance.now()
  const rounds = Number(values.rounds ?? scenario.rounds[values.short || plant ? 'short' : 'full'])
  try {
    await scenario.run(world, { rounds, short: values.short })
    const { checked, problems, operations } = await world.judge()
    const seconds = (performance.now() - started) / 1000
    const { kills } = world.fleet
    if (process.env.CHAOS_TIMES) console.log(world.times)
    return { checked, problems, operations, seconds, kills, facts: world.facts, rounds }
  } finally {
    await world.close()
  }
}

const short = (list) => [
  ...list.slice(0, 8),
  ...(list.length > 8 ? [`… ${list.length - 8} more`] : []),
]

const allProblems = ({ checked, problems }) => [
  ...problems,
  ...checked.flatMap(({ id, problems: its }) => its.map((problem) => `${id}: ${problem}`)),
]

// Services let go of this process while nobody waits for them.
const alive = setInterval(() => {}, 60_000)
let failures = 0
for (const { scenario, storeName } of chosen()) {
  const plant = values.plants ? scenario.plant : undefined
  if (values.plants && plant === undefined) continue
  const result = await runOne(scenario, storeName, plant).catch((error) => ({
    ...{ checked: [], operations: 0, seconds: 0, kills: 0, facts: {} },
    problems: [error.stack],
  }))
  const problems = allProblems(result)
  const held = plant === undefined ? problems.length === 0 : problems.length > 0
  if (!held) failures++
  const looked = result.checked.filter((each) => each.looked > 0).map(({ id }) => id.slice(4))
  const what = plant === undefined ? scenario.title : `planted ${plant}`
  console.log(
    `${held ? 'ok    ' : 'FAILED'} ${scenario.id} ${storeName.padEnd(8)} ${what}: ${result.operations} operations, ${result.kills} kills, INV ${looked.join(' ')}, ${result.seconds.toFixed(1)} s`,
  )
  if (!held)
    console.log(
      `       seed ${seed}: npm run chaos -- --seed ${seed} --store ${storeName} --scenario ${scenario.id}`,
    )
  if (!held || plant !== undefined)
    for (const problem of short(problems)) console.log(`       ${problem}`)
}

clearInterval(alive)
console.log(
  failures === 0
    ? `chaos: everything held, seed ${seed}`
    : `chaos: ${failures} FAILED, seed ${seed}`,
)
process.exitCode = failures === 0 ? 0 : 1

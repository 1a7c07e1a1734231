/** What was measured, for people and for machines. */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeMachine, versionOf } from './machine.mjs'
import { targetsOf } from './targets.mjs'
import { serverVersion } from './warder/postgres.mjs'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const RESULTS = file('results.json')
const PAGE = file('../docs/benchmarks.md')

/** With more of the processors' time taken by others, only ratios are told. */
const QUIET = 0.2

const round = (value) => Math.round(value).toLocaleString('en')
const milliseconds = (micros) => (micros / 1000).toFixed(micros < 10_000 ? 2 : 1)

/** The rows of a work as the interface has them, and what else is known of them. */
export const rowsOf = ({ name, connections, results }) =>
  results.map(({ title: _, ...each }) => ({
    name,
    ...{ cpuMicros: null, p50Micros: null, p99Micros: null, ratioToLimit: null },
    ...each,
    connections,
    node: process.versions.node,
  }))

/** What a row says: undefined where it is not known. `when` tells what needs a machine of one's own. */
const columns = [
  {
    title: 'CPU µs a request',
    when: 'quiet',
    text: ({ cpuMicros }) => cpuMicros && round(cpuMicros),
  },
  { title: '× the limit', text: ({ ratioToLimit }) => ratioToLimit?.toFixed(2) },
  { title: 'a second: median', when: 'quiet', text: ({ perSecond }) => round(perSecond) },
  { title: 'best', when: 'quiet', text: ({ bestPerSecond }) => round(bestPerSecond) },
  { title: 'p50 ms', when: 'quiet', text: ({ p50Micros }) => p50Micros && milliseconds(p50Micros) },
  { title: 'p99 ms', when: 'quiet', text: ({ p99Micros }) => p99Micros && milliseconds(p99Micros) },
  {
    title: 'CPU, × the first',
    when: 'busy',
    text: ({ cpuMicros }, first) => cpuMicros && (cpuMicros / first.cpuMicros).toFixed(2),
  },
  {
    title: 'rate, × the first',
    when: 'busy',
    text: ({ perSecond }, first) => (perSecond / first.perSecond).toFixed(2),
  },
  { title: 'peak MB', text: ({ peakMegabytes }) => peakMegabytes && round(peakMegabytes) },
  {
    title: 'failed',
    text: ({ failed, requests }) => requests && `${round(failed)} of ${round(requests)}`,
  },
]

const isBusy = ({ busyBefore }) => busyBefore >= QUIET

function table(work) {
  const { results } = work
  const [first] = results
  const unfit = isBusy(work) ? 'quiet' : 'busy'
  const told = columns.filter(
    ({ when, text }) => when !== unfit && results.some((each) => text(each, first) !== undefined),
  )
  const head = ['', ...told.map(({ title }) => title)]
  const rule = ['---', ...told.map(() => '---:')]
  const lines = results.map((each) => [
    each.title,
    ...told.map(({ text }) => text(each, first) ?? ''),
  ])
  return [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

const verdict = (holds) => (holds === undefined ? '–' : holds ? 'yes' : '**no**')

function targetTable(work) {
  const lines = targetsOf(work).map(
    ({ target, reached, holds }) => `| ${target} | ${reached} | ${verdict(holds)} |`,
  )
  return ['| target | reached | holds |', '| --- | --- | --- |', ...lines].join('\n')
}

/** Prints what a work came to. */
export function printResults(work) {
  console.log(`${work.title}\n\n${table(work)}\n\n${targetTable(work)}\n`)
}

/** Adds what was measured, if anything was, to what is kept; and writes the page anew. */
export async function keepResults(measured) {
  const kept = readKept()
  if (measured.length === 0) return writeFileSync(PAGE, page(kept))
  const [major] = process.versions.node.split('.')
  const before = kept[major]?.works ?? {}
  const works = Object.fromEntries(measured.map((work) => [work.name, work]))
  kept[major] = { ...(await surroundings()), works: { ...before, ...works } }
  writeFileSync(RESULTS, `${JSON.stringify(kept, undefined, 2)}\n`)
  writeFileSync(PAGE, page(kept))
}

function readKept() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'))
  } catch {
    return {}
  }
}

async function surroundings() {
  const lock = JSON.parse(readFileSync(file('package-lock.json'), 'utf8'))
  const { dependencies } = lock.packages['']
  const peers = Object.keys(dependencies).map(
    (name) => `${name} ${lock.packages[`node_modules/${name}`].version}`,
  )
  const sqlite = process.getBuiltinModule('node:sqlite') === undefined ? 'libsql' : 'node:sqlite'
  const versions = [await serverVersion(), versionOf('pgbench'), `SQLite by ${sqlite}`, ...peers]
  return {
    node: process.versions.node,
    machine: describeMachine(),
    day: new Date().toISOString().slice(0, 10),
    versions: versions.filter((each) => each !== undefined),
  }
}

const page = (kept) => `# Benchmarks

<!-- Written by “npm run bench”. Do not edit. -->

\`\`\`sh
npm run bench                        # everything, an hour
npm run bench -- token --seconds 2   # one work, to look
npm run bench -- rows --scale 1      # a million grants, ten million used rows
\`\`\`

## How it is measured

- Each server is a process of its own, pinned to one CPU; the load comes from another process on the other CPUs, over connections that are kept open. PostgreSQL, where it is used, runs wherever there is room.
- All servers of a work are up at the same time and take turns, so that what else the machine does falls on all of them. Rates and times are medians of the rounds.
- **CPU µs a request** is the processor time, user and system, of all threads of the server's process. It says what a core can do better than the rate does, which also has the load, the disk and the database in it.
- **The limit** is a bare \`node:http\` handler that parses the form, compares one SHA-256 in constant time and signs. It keeps nothing, checks nothing and records nothing; nobody can be faster on this Node.
- **p50** and **p99** are taken at a steady 70 % of each server's own rate, and count from when a request was due, so that a server that falls behind cannot hide it.
- Warder runs as users run it, \`warder serve --config FILE\`: audit log, limits and all. Each commit is flushed to the disk. Only the limits are raised, because the load has one address.
- oidc-provider and @node-oauth/oauth2-server keep everything in a Map and record nothing; better-auth writes to SQLite, with its client and resource cached.

${sections(kept)}`

const sections = (kept) =>
  Object.entries(kept)
    .map(([major, run]) => section(major, run))
    .join('\n') || NOTHING_YET

const NOTHING_YET = `## Results

None yet: no run has come to its end on a machine that had nothing else to do.
`

const section = (major, { node, machine, day, versions, works }) => `## Node ${major}

Node ${node}, ${day}. ${machine}. ${versions.join('; ')}.

${Object.values(works).map(workSection).join('\n')}`

const workSection = (work) => `### ${work.title}

${work.connections} requests in flight, ${work.rounds} rounds of ${work.seconds} seconds.${disturbance(work)}

${table(work)}

${targetTable(work)}
`

const disturbance = (work) =>
  isBusy(work)
    ? ` **The machine was busy** (${Math.round(work.busyBefore * 100)} % of its time was taken before it began), so only what can be compared is told.`
    : ''

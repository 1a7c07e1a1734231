/** What was measured, for people and for machines. */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.mjs'
import { columnsOf } from './columns.mjs'
import { describeMachine, versionOf } from './machine.mjs'
import { targetsOf } from './targets.mjs'
import { serverVersion } from './warder/postgres.mjs'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const RESULTS = file('results.json')
const PAGE = file('../docs/benchmarks.md')
const chartName = (major) => `benchmarks-node-${major}.svg`

/** With more of the processors' time taken by others, only ratios are told. */
const QUIET = 0.2

/** The rows of a work as the interface has them, and what else is known of them. */
export const rowsOf = ({ name, connections, results }) =>
  results.map(({ title: _, ...each }) => ({
    name,
    ...{ cpuMicros: null, p50Micros: null, p99Micros: null, ratioToLimit: null },
    ...each,
    connections,
    node: process.versions.node,
  }))

const isBusy = ({ busyBefore }) => busyBefore >= QUIET

/** A table of each case, or of everything if there are none. */
function tables({ results, ...work }) {
  const cases = [...new Set(results.map((each) => each.case))]
  return cases
    .map((name) => {
      const head = name === undefined ? '' : `**${name}**\n\n`
      return head + table({ ...work, results: results.filter((each) => each.case === name) })
    })
    .join('\n\n')
}

function table(work) {
  const { results } = work
  const [first] = results
  const unfit = isBusy(work) ? 'quiet' : 'busy'
  const told = columnsOf(work).filter(
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
  console.log(`${work.title}\n\n${tables(work)}\n\n${targetTable(work)}\n`)
}

/** Adds what was measured, if anything was, to what is kept; and writes the page anew. */
export async function keepResults(measured) {
  const kept = readKept()
  if (measured.length === 0) return writePage(kept)
  const [major] = process.versions.node.split('.')
  const before = kept[major]?.works ?? {}
  const works = Object.fromEntries(measured.map((work) => [work.name, work]))
  kept[major] = { ...(await surroundings()), works: { ...before, ...works } }
  writeFileSync(RESULTS, `${JSON.stringify(kept, undefined, 2)}\n`)
  writePage(kept)
}

function writePage(kept) {
  writeFileSync(PAGE, page(kept))
  for (const [major, run] of Object.entries(kept)) {
    const drawn = chart(run)
    if (drawn !== undefined) writeFileSync(file(`../docs/${chartName(major)}`), drawn)
  }
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
npm run bench                        # everything, two hours
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

Guards and API keys:

- What is done in one process, without HTTP, is done by each contestant in a process of its own, all on the same CPU, in turns. **CPU µs each** has the time of all its threads in it; **p50** and **p99** are of single operations, timed apart.
- Tokens are 500 different ones (RFC 9068, eight claims) in turn. Each contestant checks the signature, \`iss\`, \`aud\` and \`exp\`, with a key that it read beforehand, and must refuse a forged token before it is measured.
- **Warder’s check** is what it does with a credential; **Warder’s guard** is all of \`guard.check()\`, from the headers of a request to its principal.
- **The limit** of a token is split, decode, parse, verify with \`node:crypto\`, and compare three claims; of one seen before, a digest and a Map; of an API key, SHA-256 and one read by an index of the same SQLite.
- **The guard’s** part of a request is what it takes beyond the same server without a guard in the same round, while all are asked at one rate, 70 % of what the slowest can do; ratios are of that part. fast-jwt is mounted by hand; the others are the middleware of their framework or of npm. hono’s own is given the key, which it would otherwise fetch for every request.
- **Seen before**: each token was checked once, and the guard remembers it. Where that is not said, nothing is remembered. **Remembering in vain** is with a memory so small that each token is gone when it comes again.
- A client over stdio calls a tool again and again, one call at a time, beside the same client with a token of its own over HTTP: the difference of their medians in a round is what is **added**. **The start** is from starting the program until the client has been connected and has listed the tools; the user has signed in before, and tokens are where each program keeps them.
- API keys are used in turn: 10,000 of 10,000, and 100,000 of the million, spread over all. **Warder’s check** reads each time; **read before** and the guard are as installed, where what was read is kept for five seconds, of 10,000 keys at most. All note when a key was last used. better-auth’s own limit on that is off.

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

${chartLink(major, { node, works })}${Object.values(works).map(workSection).join('\n')}`

const chartLink = (major, run) =>
  chart(run) === undefined
    ? ''
    : `![CPU time of checking tokens and API keys, in times of the limit](${chartName(major)})\n\n`

const workSection = (work) => `### ${work.title}

${loadOf(work)}, ${work.rounds} rounds of ${work.seconds} seconds.${disturbance(work)}

${tables(work)}

${targetTable(work)}
`

const loadOf = ({ connections }) =>
  connections === undefined
    ? 'One after the other, in a process of its own'
    : `${connections} requests in flight`

const disturbance = (work) =>
  isBusy(work)
    ? ` **The machine was busy** (${Math.round(work.busyBefore * 100)} % of its time was taken before it began), so only what can be compared is told.`
    : ''

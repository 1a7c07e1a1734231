/** Writes down what runs have shown: the newest result of each scenario on each store. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scenarios } from './scenarios/index.mjs'
import { root } from './test-build.mjs'

const RESULTS = join(root, 'chaos/results.json')
const PAGE = join(root, 'docs/reliability.md')

const read = () => JSON.parse(readFileSync(RESULTS, 'utf8'))

/** The commit that ran, as short as people write it; marked if files were changed since. */
export function commitOf(revision) {
  const args =
    revision === undefined
      ? ['describe', '--always', '--dirty=+', '--exclude=*']
      : ['rev-parse', '--short', revision]
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}

/** Keeps a result in place of the one before, and writes the page anew. */
export function record(result) {
  const results = read()
  const { id, store, plant, short } = result
  results[[id, store, plant, short && 'short'].filter(Boolean).join(' ')] = result
  const sorted = Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(RESULTS, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`)
  writeFileSync(PAGE, pageOf(sorted.map(([, each]) => each)))
}

const row = (cells) => `| ${cells.join(' | ')} |`

const numberOf = (invariant) => invariant.slice('INV-'.length)

function table(results) {
  const head = [
    '',
    'store',
    'fault',
    'what was done',
    'operations',
    'kills',
    'INV',
    'seed',
    'at',
    'held',
  ]
  return [
    row(head),
    row(head.map(() => '---')),
    ...results.map((each) =>
      row([
        each.id,
        each.store,
        `${titleOf(each)}${each.short ? ' (short)' : ''}`,
        Object.entries(each.facts)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
        each.operations,
        each.kills,
        each.invariants.map(numberOf).join(' '),
        each.seed,
        `${each.commit} ${each.at}`,
        each.held ? 'yes' : '**no**',
      ]),
    ),
  ].join('\n')
}

const titleOf = ({ id }) => scenarios.find((scenario) => scenario.id === id)?.title ?? ''

function pageOf(results) {
  const planted = results.filter(({ plant }) => plant !== undefined)
  const real = results.filter(({ plant }) => plant === undefined)
  const newest = real.filter(
    ({ id, store, short }) =>
      !short || !real.some((other) => other.id === id && other.store === store && !other.short),
  )
  const machine = newest.at(-1)?.machine
  return `# Reliability

<!-- Written by \`npm run chaos -- --record\`, never by hand. -->

What became of Warder when everything around it failed. Each row is the newest recorded run: real
\`warder serve\` processes on a real store, behind proxies that cut and delay, with clients that log every
operation to the disk in a process of their own. Afterwards the log of operations and the database are
held against the invariants below.${machine ? `\n\nMachine: ${machine}.` : ''}

Run them yourself:

\`\`\`sh
npm run chaos -- --short                             # what CI runs on every change
npm run chaos -- --scenario FT-04 --store postgres   # one of them, in full
npm run chaos -- --scenario FT-04 --seed 4711        # again, with the same chances
npm run chaos -- --plants --short                    # breaks the product on purpose; each must be noticed
\`\`\`

A seed decides every victim, moment and cut of a run. What the operating system does in between it does
not decide, so a failure may take several runs to come back.

## Results

${table(newest)}

## Planted faults

A check that cannot fail shows nothing. Here one line of the product was broken on purpose, in a build
for the test alone, and the scenario had to fail.

${plantTable(planted)}

## Invariants

| | | |
| --- | --- | --- |
| INV-1 | single use | A code gives tokens once, and one family. |
| INV-2 | one live generation | A generation of a family has one token; the store is where the last answer was. |
| INV-3 | no loss | Whoever asks again ends with a token or a clean refusal; an acknowledged revocation stays. |
| INV-4 | revocation is final | After a revocation was acknowledged, nothing more is issued or let in. |
| INV-5 | fail closed | While the store is away, nobody is told yes by what needs it. |
| INV-6 | verified throughout | A good token is let in by every guard at every moment. |
| INV-7 | isolation | No answer holds anything of another user. |
| INV-8 | typed errors | 2xx, 3xx, typed 4xx, 429 and 503 with \`Retry-After\`; no 500, and no process ends by itself. |
| INV-9 | bounded | What a crowd took is given back. |
| INV-10 | complete audit log | Each change has its one event, and the log verifies. |
| INV-11 | no secret at rest | Passwords, client secrets, codes, tokens and keys are nowhere in files and logs. |
`
}

const plantTable = (planted) =>
  [
    row(['', 'store', 'what was broken', 'noticed']),
    row(['---', '---', '---', '---']),
    ...planted.map(({ id, store, plant, held, first }) =>
      row([id, store, plant, held ? first : '**no**']),
    ),
  ].join('\n')

/** What the vectors came to, for whoever looks and for docs/wycheproof.md. */

import { writeFileSync } from 'node:fs'
import { root } from '../tool.mjs'

const PAGE = `${root}docs/wycheproof.md`

const sumOf = (rows) =>
  rows.reduce(
    (sum, { vectors, agreed }) => ({
      vectors: sum.vectors + vectors,
      agreed: sum.agreed + agreed,
    }),
    { vectors: 0, agreed: 0 },
  )

/** Each reason with the vectors that it is for: `[why, [[name, count], …]]`. */
function reasons(rows) {
  const found = new Map()
  for (const { name, differences } of rows) {
    for (const [why, count] of differences) {
      found.set(why, [...(found.get(why) ?? []), [name, count]])
    }
  }
  return [...found]
}

const countOf = (places) => places.reduce((sum, [, count]) => sum + count, 0)

/** Prints the tables, the faults, and one line of summary at the end. */
export function printResults({ rows, faults }) {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const line = (name, ...cells) =>
    console.log(`${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(9)).join('')}`)
  line('file', 'vectors', 'agreed', 'differ')
  for (const { name, vectors, agreed } of rows) line(name, vectors, agreed, vectors - agreed)
  console.log('\nDifferences that are wanted:')
  for (const [why, places] of reasons(rows)) console.log(`${countOf(places)}: ${why}`)
  for (const fault of faults) console.error(`FAULT ${fault}`)
  const { vectors, agreed } = sumOf(rows)
  const wanted = reasons(rows).reduce((sum, [, places]) => sum + countOf(places), 0)
  console.log(
    `\nwycheproof: ${vectors} vectors, ${agreed} agreed, ${wanted} wanted differences, ${faults.length} faults`,
  )
}

/** Writes the page. What has faults is not recorded: it is to be mended. */
export function record({ rows, faults }, { commit, day }) {
  if (faults.length > 0) return
  writeFileSync(PAGE, page(rows, { commit, day }))
  console.log(`wycheproof: wrote ${PAGE}`)
}

function page(rows, { commit, day }) {
  const { vectors, agreed } = sumOf(rows)
  const { node, openssl } = process.versions
  const today = new Date().toISOString().slice(0, 10)
  const known = reasons(rows)
  return `# Wycheproof

<!-- Written by \`npm run wycheproof -- DIR --record\`. Do not edit. -->

[Project Wycheproof](https://github.com/C2SP/wycheproof) collects keys, signatures and tokens that
implementations got wrong. Each of its vectors that is about what a guard verifies is put to what guards
verify with, loaded as a guard loads it: once with Node’s own cryptography, once with WebCrypto as on
platforms without it. Both must give the same answer.

\`\`\`sh
git clone https://github.com/C2SP/wycheproof
npm run wycheproof -- wycheproof            # looks; exits 1 if anything is not as below
npm run wycheproof -- wycheproof --record   # looks, and writes this page
\`\`\`

${today}, Node ${node} with OpenSSL ${openssl}, vectors of commit
[\`${commit.slice(0, 12)}\`](https://github.com/C2SP/wycheproof/tree/${commit}) of ${day}:
**${vectors} vectors, ${agreed} agreed, ${vectors - agreed} differ on purpose, none without a reason.**

${table(
  ['file', 'vectors', 'agreed', 'differ'],
  rows.map(({ name, vectors: all, agreed: good }) => [`\`${name}\``, all, good, all - good]),
)}

Signatures with parameters that JSON Web Algorithms has not (another length of salt, another mask, a MAC
that is cut in half) are to be refused, however good they are; so each of those that is refused agrees.

## What differs, and why

${table(
  ['vectors', 'why', 'where'],
  known.map(([why, places]) => [
    countOf(places),
    why,
    places.map(([name]) => `\`${name}\``).join(', '),
  ]),
)}
`
}

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

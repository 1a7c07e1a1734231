/**
 * The vectors of Project Wycheproof against what guards verify with: Node's own cryptography, and
 * WebCrypto where there is none. Both must accept what is valid and nothing else, apart from a short
 * list of keys and spellings that Warder refuses on purpose (`wycheproof/differences.mjs`).
 *
 * The vectors are not part of this project: name a clone of https://github.com/C2SP/wycheproof, with
 * or without a work tree. What is looked at is its newest commit.
 *
 * Usage: npm run wycheproof -- DIR [--record]
 * `--record` writes docs/wycheproof.md.
 */

import { engines, runOn } from './wycheproof/engines.mjs'
import { judge } from './wycheproof/judge.mjs'
import { printResults, record } from './wycheproof/results.mjs'
import { openVectors } from './wycheproof/vectors.mjs'

const [directory, ...flags] = process.argv.slice(2)
if (directory === undefined || flags.some((flag) => flag !== '--record')) {
  console.error('wycheproof: name a clone of the vectors: npm run wycheproof -- DIR [--record]')
  process.exit(2)
}

let vectors
try {
  vectors = openVectors(directory)
} catch (error) {
  console.error(`wycheproof: ${error.message}`)
  process.exit(2)
}

const answers = {}
for (const engine of engines) answers[engine] = await runOn(engine, vectors.files)

const results = judge(vectors.files, answers)
printResults(results)
if (flags.includes('--record')) record(results, vectors)
process.exitCode = results.faults.length === 0 ? 0 : 1

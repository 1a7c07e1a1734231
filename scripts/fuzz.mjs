/**
 * The tests with generated inputs, over and over, each time with another seed, until one fails.
 *
 * Usage: npm run fuzz [-- ROUNDS] (10 unless told)
 */

import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { root, tool } from './tool.mjs'

const rounds = Number(process.argv[2] ?? 10)
if (!(Number.isInteger(rounds) && rounds > 0)) {
  console.error(`npm run fuzz: “${process.argv[2]}” is no number of rounds; say npm run fuzz -- 20`)
  process.exit(2)
}

const files = ['spec', 'src']
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.test\.tsx?$/.test(file) && !file.startsWith('spec/e2e/'))
  .filter((file) => readFileSync(`${root}${file}`, 'utf8').includes("'fast-check'"))

// A run for which a store is named is thorough.
process.env.WARDER_TEST_STORE = 'memory'
for (let round = 1; round <= rounds; round += 1) {
  process.env.WARDER_TEST_SEED = String(randomInt(2 ** 31))
  const { ok, output, seconds } = tool('vitest', 'run', ...files)
  if (!ok) console.error(output)
  const which = `round ${round} of ${rounds}, WARDER_TEST_SEED=${process.env.WARDER_TEST_SEED}`
  console.log(`${ok ? 'ok' : 'FAILED'}  ${which}, ${seconds}`)
  if (!ok) process.exit(1)
}

/** Checking an API key in SQLite, many different ones in turn, among ten thousand and among a million. */

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureOperations } from '../operations/index.mjs'
import { writeApiKeys } from '../warder/api-keys.mjs'

/** The most keys that are used in turn: more than Warder remembers. */
const IN_USE = 100_000

const sizes = [
  { count: 10_000, case: '10,000 keys' },
  { count: 1_000_000, case: '1,000,000 keys' },
]

const warder = { operation: 'api-keys/warder', isWarder: true }

const contestants = [
  { name: 'limit', title: 'the limit', operation: 'api-keys/limit' },
  { ...warder, name: 'warder', title: 'Warder’s check', given: { cache: 0 } },
  { ...warder, name: 'warder-cached', title: 'Warder’s check, read before' },
  { ...warder, name: 'warder-guard', title: 'Warder’s guard', given: { whole: true } },
  {
    ...{ name: 'better-auth', title: 'better-auth 1.7', operation: 'api-keys/better-auth' },
    // So far from the limit that more keys would tell nothing.
    most: 10_000,
  },
]

export const apikeys = {
  name: 'apikeys',
  title: 'API keys, SQLite',
  kind: 'operations',
  async run(plan) {
    const results = []
    for (const size of sizes) {
      const folder = mkdtempSync(join(tmpdir(), 'warder-bench-'))
      try {
        results.push(...(await measureAmong(size, folder, plan)))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
    return results
  },
}

async function measureAmong({ count, case: name }, folder, plan) {
  const file = join(folder, 'keys.db')
  const told = join(folder, 'keys.json')
  writeFileSync(told, JSON.stringify(await writeApiKeys(file, count, IN_USE)))
  const subjects = contestants
    .filter(({ most = count }) => count <= most)
    .map((each) => {
      const own = join(folder, `${each.name}.db`)
      // A copy, so that what one writes is not read anew by another.
      if (each.isWarder) copyFileSync(file, own)
      return { ...each, given: { ...each.given, file: own, told, count } }
    })
  const measured = await measureOperations(subjects, plan)
  return measured.map((each) => ({ case: name, ...each }))
}

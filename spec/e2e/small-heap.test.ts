/** What bounds the heap of a server is told to V8 while it runs, so whether V8 listens must be seen. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const built = new URL('../../dist/cli/small-heap.js', import.meta.url).href

/** Keeps the last 50,000 of a few million objects, as much more than a megabyte is under way at once. */
const program = (setUp: string) => `
import { getHeapSpaceStatistics } from 'node:v8'
${setUp}
const last = []
for (let turn = 0; turn < 300; turn++) {
  for (let i = 0; i < 20_000; i++) last[(turn * 20_000 + i) % 50_000] = { turn, i, text: 'x' + i }
  await new Promise((resolve) => setImmediate(resolve))
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)
`

async function young(setUp: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    program(setUp),
  ])
  return Number(stdout)
}

it('the part of the heap where all begins grows with the load, to a bound, and not while loading', async () => {
  const loading = await young(`import '${built}'`)
  expect(loading).toBeLessThan(4_000_000)
  const serving = await young(`import { growWithLoad } from '${built}'; growWithLoad()`)
  expect(serving).toBeGreaterThan(6_000_000)
  // It is found to be large enough when it has grown, which may have been twice by then.
  expect(serving).toBeLessThan(20_000_000)
  expect(await young('')).toBeGreaterThan(30_000_000)
})

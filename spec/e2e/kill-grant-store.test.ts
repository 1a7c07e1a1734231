/** FT-11 in short: `node scripts/kill-grant-store.mjs` alone goes through every step, 200 times at least. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('FT-11 whoever is killed in a refresh leaves a grant that the next one can renew', async () => {
  const script = ['scripts/kill-grant-store.mjs', '--kills', '20']
  const { stdout } = await promisify(execFile)(process.execPath, script)
  expect(stdout).toMatch(/^kill-grant-store: 20 kills at 20 of \d{3} places, 0 faults, /)
})

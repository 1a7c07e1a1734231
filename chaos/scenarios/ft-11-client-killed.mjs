/** FT-11: a client is killed at each step of a refresh, and of keeping what it brought. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { root } from '../test-build.mjs'

export const clientKilled = {
  id: 'FT-11',
  title: 'a client is killed at each step of a refresh, and of keeping what it brought',
  stores: ['file'],
  invariants: [],
  /** Kills; in full more than there are steps. */
  rounds: { full: 250, short: 20 },

  async run(world, { rounds }) {
    const script = join(root, 'scripts/kill-grant-store.mjs')
    const args = ['--json', '--kills', rounds, '--build', world.library]
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    world.warden.guard(child.pid)
    const { faults, kills, reached, places, slowest } = await json(child.stdout)
    world.warden.release(child.pid)
    for (const fault of faults) world.expect(false, fault)
    world.expect(kills === rounds, `only ${kills} of ${rounds} clients were killed`)
    world.expect(
      reached === Math.min(rounds, places),
      `only ${reached} of ${places} steps were reached`,
    )
    world.clientKills = kills
    world.facts = {
      stepsReached: `${reached} of ${places}`,
      slowestNextMs: Math.round(slowest),
    }
  },
}

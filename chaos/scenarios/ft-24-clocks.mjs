/** FT-24: the clock of one of two nodes is wrong by ten minutes. */

import { expectNoReuse, probeAll } from './support.mjs'

const APART = 600_000

export const clocks = {
  id: 'FT-24',
  ci: ['sqlite'],
  title: 'the clock of one of two nodes is ten minutes ahead, then behind',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  failpoints: true,
  rounds: { full: 2_000, short: 160 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16 })
    let families = await world.installation.families(10)
    const codes = await world.installation.codes(Math.round(rounds / 10))
    const [, wrong] = world.fleet.servers
    wrong.clock = { offset: APART }
    await world.serve()
    for (const offset of [APART, -APART]) {
      if (offset < 0) {
        // A step during the run: the node comes back with another time.
        await world.fleet.terminate(wrong)
        wrong.clock = { offset }
        await world.fleet.start(wrong)
      }
      const done = await world.clients.run('refreshing', { families, count: rounds / 2 })
      families = done.families
      world.expect(
        done.dead.length === 0,
        `${done.dead.length} families ended: ${JSON.stringify(done.dead[0])}`,
      )
    }
    await world.clients.run('redeeming', { codes, width: 8 })
    await probeAll(world, families)
    await expectNoReuse(world)
    world.facts = { refreshes: rounds, apartSeconds: APART / 1000 }
  },
}

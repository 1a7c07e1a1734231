/** FT-28: servers are told to stop and started again, one after the other, under load. */

import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.mjs'
import { expectNoReuse, probeAll } from './support.mjs'

/** How long a server may take to finish what it has begun. */
const GRACE = 15_000

export const rollingRestart = {
  id: 'FT-28',
  ci: ['sqlite'],
  title: 'rolling restart of 2 nodes under load',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Restarts of each node. */
  rounds: { full: 20, short: 2 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 32 })
    // Connections end with their server; a client then asks again, once.
    world.evidence.lossy = true
    const families = await world.installation.families(30)
    await world.serve()
    const deck = [
      { action: 'refresh' },
      { action: 'credentials', item: world.installation.service },
    ]
    const load = world.clients.run('steady', {
      ...{ rate: 40, seconds: 3600, retries: 1 },
      deck,
      families,
    })
    for (let i = 0; i < rounds; i++) {
      for (const server of world.fleet.servers) {
        await sleep(500)
        const at = now()
        const { code } = await world.fleet.terminate(server)
        world.expect(code === 0, `server ${server.index} ended with ${code}`)
        world.expect(
          now() - at < GRACE,
          `server ${server.index} took ${Math.round(now() - at)} ms to stop`,
        )
        await world.fleet.start(server)
      }
    }
    await sleep(500)
    world.clients.stop()
    const done = await load
    const failed = Object.entries(done.counts).filter(([name]) => !name.endsWith(':ok'))
    world.expect(
      failed.length === 0,
      `requests failed even when asked again: ${JSON.stringify(failed)}`,
    )
    await probeAll(world, done.families)
    await expectNoReuse(world)
    world.facts = { restarts: 2 * rounds, ...done.counts }
  },
}

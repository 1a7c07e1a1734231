/** FT-19: somebody else holds SQLite's lock for writing. */

import { setTimeout as sleep } from 'node:timers/promises'
import { count, expectNoReuse, probeAll } from './support.mjs'

/** How long the servers wait for the lock. */
const BUSY = 2_000

export const sqliteLocked = {
  id: 'FT-19',
  ci: ['sqlite'],
  title: 'another process holds the lock of the SQLite file',
  stores: ['sqlite'],
  invariants: ['INV-2', 'INV-3', 'INV-5', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Seconds of the longer of the two locks. */
  rounds: { full: 30, short: 5 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 32, ttl: { refreshGrace: 60 } })
    const families = await world.installation.families(10)
    await world.serve()
    const deck = [
      { action: 'refresh' },
      { action: 'credentials', item: world.installation.service },
    ]
    const load = world.clients.run('steady', { rate: 20, seconds: rounds + 30, deck, families })
    for (const seconds of [1, rounds]) {
      await sleep(1_000)
      const release = world.store.lock()
      // What was on its way when the lock was taken may have been written before.
      await sleep(100)
      const end = world.outage(['refresh'])
      await sleep(seconds * 1000)
      end()
      release()
    }
    await sleep(3_000)
    world.clients.stop()
    const done = await load
    await probeAll(world, done.families)
    await expectNoReuse(world)
    const refused = (await world.operations()).filter(({ status }) => status === 503)
    const slowest = Math.max(...refused.map(({ start, end }) => end - start))
    world.expect(refused.length > 0, 'nobody was refused while the lock was held')
    world.expect(slowest < BUSY + 1_500, `a refusal took ${Math.round(slowest)} ms`)
    world.facts = {
      seconds: rounds,
      ...count(refused.map(({ op }) => `${op} refused`)),
      slowestMs: Math.round(slowest),
    }
  },
}

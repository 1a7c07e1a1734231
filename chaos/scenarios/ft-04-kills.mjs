/** FT-04 and FT-05: servers are killed while clients refresh, at any moment and at the worst ones. */

import { count, expectAllAlive, expectNoReuse, probeAll } from './support.mjs'

const common = {
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
}

/** All servers may be away for longer than the usual grace, on a machine that is slow to start them. */
const OUTAGE = { refreshGrace: 60 }

/** Fewer kills would show little. */
const LEAST_KILLS = 3

export const killsDuringRefreshes = {
  ...common,
  id: 'FT-04',
  ci: ['sqlite'],
  title: 'kill -9 of a server every 300 to 1500 ms while 50 clients refresh',
  rounds: { full: 10_000, short: 300 },
  plant: 'retry-is-reuse',

  async run(world, { rounds, short }) {
    await world.open({ servers: 3, connections: 16, ttl: OUTAGE })
    world.evidence.lossy = true
    const families = await world.installation.families(short ? 20 : 50)
    await world.serve()
    const stop = world.killing()
    // Refreshes are spread out, so that there are many kills among them.
    let done = await world.clients.run('refreshing', { families, count: rounds, pause: 150 })
    // A machine that takes long to start servers has few to kill.
    for (let more = 0; world.fleet.kills < LEAST_KILLS && more < 20; more++) {
      expectAllAlive(world, done)
      const { families: held } = done
      done = await world.clients.run('refreshing', { families: held, count: 100, pause: 150 })
    }
    await stop()
    expectAllAlive(world, done)
    await probeAll(world, done.families)
    await expectNoReuse(world)
    world.expect(world.fleet.kills >= LEAST_KILLS, `only ${world.fleet.kills} servers were killed`)
    world.facts = { refreshes: rounds, kills: world.fleet.kills }
  },
}

const POINTS = ['before_cas', 'after_cas', 'after_commit', 'after_sign', 'before_response']

export const killsAtFailpoints = {
  ...common,
  id: 'FT-05',
  ci: ['sqlite'],
  title: 'servers die at each of five failpoints while clients refresh',
  failpoints: true,
  /** Hits of each failpoint. */
  rounds: { full: 50, short: 2 },
  plant: 'retry-is-reuse',

  async run(world, { rounds }) {
    const failpoints = POINTS.map((name) => `${name}:kill@p=0.02`).join(',')
    await world.open({ servers: 3, connections: 16, failpoints, ttl: OUTAGE })
    world.evidence.lossy = true
    let families = await world.installation.families(30)
    await world.serve()
    world.fleet.keepUp()
    const missing = () => {
      const hits = count(world.fleet.hits().map(({ name }) => name))
      return POINTS.filter((name) => (hits[name] ?? 0) < rounds)
    }
    for (let batch = 0; missing().length > 0 && batch < 40 * rounds; batch++) {
      const done = await world.clients.run('refreshing', { families, count: 60 })
      expectAllAlive(world, done)
      families = done.families
      if (done.dead.length > 0) break
    }
    await world.fleet.rest()
    await expectNoReuse(world)
    world.expect(missing().length === 0, `too few hits of ${missing().join(', ')}`)
    world.facts = { ...count(world.fleet.hits().map(({ name }) => name)) }
  },
}

/** FT-21 and FT-22: guards whose key set cannot be fetched, and guards that strangers keep busy. */

import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Guards keep a set for five minutes and ask at most every thirty seconds; here 60 times faster. */
const SCALE = 60
const COOL_DOWN = 30_000 / SCALE

const common = {
  stores: ['sqlite'],
  failpoints: true,
  invariants: ['INV-6', 'INV-8'],
}

/** Clients and guards at a world whose issuer is reached through its front proxy. */
async function open(world, clock) {
  await world.open({ servers: 2, connections: 32, clock })
  await world.serve()
  return (args) =>
    world.clients.run('guarding', {
      ...{ build: world.library, clock, guards: 4, ...args },
      issuer: world.installation.settings.issuer,
      resource: world.installation.resource,
      item: world.installation.service,
    })
}

export const keySetAway = {
  ...common,
  id: 'FT-21',
  title: 'the key set is refused, never answered, garbage and slow, time × 60',
  /** Seconds of each. */
  rounds: { full: 20, short: 4 },

  async run(world, { rounds }) {
    const guard = await open(world, { scale: SCALE, from: Date.now() })
    const { front } = world.fleet
    const garbage = createServer((_, response) => response.end('<p>Welcome to nginx'))
    await new Promise((resolve) => garbage.listen(0, '127.0.0.1', resolve))
    const guarding = guard({ rate: 20, seconds: 3600, strangers: 1 })
    await sleep(2_000)
    const faults = [
      { refuse: true },
      { blackHole: true },
      { port: garbage.address().port },
      { delay: 300 },
    ]
    for (const fault of faults) {
      front.cutAll()
      front.set(fault)
      await sleep(rounds * 1000)
      front.cutAll()
      front.set({})
      // Long enough to look again; a set serves for an hour while its issuer is away.
      await sleep(3 * COOL_DOWN)
    }
    world.clients.stop()
    const { fetches, seconds, strangers } = await guarding
    garbage.closeAllConnections()
    garbage.close()
    const most = Math.ceil((seconds * 1000) / COOL_DOWN) + 1
    for (let each = 0; each < 4; each++) {
      const own = fetches.filter((fetch) => fetch.guard === each)
      world.expect(own.length <= most, `guard ${each} fetched ${own.length} times, at most ${most}`)
    }
    const outcomes = Object.keys(strangers).sort().join(' ')
    world.expect(/^(401)?( ?503)?$/.test(outcomes), `strangers got ${JSON.stringify(strangers)}`)
    world.facts = {
      secondsOfEach: rounds,
      fetches: fetches.length,
      strangers: JSON.stringify(strangers),
    }
  },
}

export const strangersFlood = {
  ...common,
  id: 'FT-22',
  title: '2,000 tokens a second with random key ids at 4 guards',
  /** Seconds. */
  rounds: { full: 60, short: 8 },

  async run(world, { rounds }) {
    const guard = await open(world, {})
    // Clients that share their process with a flood may wait for it.
    world.evidence.lossy = true
    const calm = await guard({ rate: 20, seconds: rounds })
    const busy = await guard({ rate: 20, seconds: rounds, strangers: 100 })
    const perGuard = [0, 1, 2, 3].map(
      (each) => busy.fetches.filter((fetch) => fetch.guard === each).length,
    )
    const most = 2 + Math.ceil(rounds / 30)
    world.expect(Math.max(...perGuard) <= most, `guards fetched ${perGuard} times, at most ${most}`)
    world.expect(
      busy.strangers['401'] > 500 * rounds,
      `strangers got ${JSON.stringify(busy.strangers)}`,
    )
    // What a guard does for strangers must not be felt; 5 ms are the scheduler's.
    world.expect(busy.p99 <= 2 * calm.p99 + 5, `p99 went from ${calm.p99} to ${busy.p99} ms`)
    world.facts = {
      seconds: rounds,
      strangers: busy.strangers['401'],
      p99CalmMs: calm.p99,
      p99BusyMs: busy.p99,
    }
  },
}

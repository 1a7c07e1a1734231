/** FT-16: PostgreSQL is stopped at once, and comes back. */

import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.mjs'
import { probeAll } from './support.mjs'

export const postgresStopped = {
  id: 'FT-16',
  ci: ['postgres'],
  title: 'PostgreSQL is stopped (immediate) and started again',
  stores: ['postgres', 'redis'],
  invariants: ['INV-2', 'INV-3', 'INV-5', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Seconds that it is away. */
  rounds: { full: 10, short: 4 },

  async run(world, { rounds: seconds }) {
    await world.open({ servers: 2, connections: 32, ttl: { refreshGrace: 60 } })
    const families = await world.installation.families(20)
    await world.serve()
    const { service } = world.store
    const deck = [
      { action: 'refresh' },
      { action: 'refresh' },
      { action: 'credentials', item: world.installation.service },
      { action: 'keys', item: {} },
    ]
    const load = world.clients.run('steady', { rate: 30, seconds: seconds + 20, deck, families })
    await sleep(2_000)
    await service.halt('SIGQUIT')
    const end = world.outage(['refresh', 'credentials'])
    const red = await readiness(world, 503, 2_000)
    await sleep(seconds * 1000)
    const live = await world.ask('/livez')
    end()
    await service.start()
    const startedAt = now()
    const green = await readiness(world, 200, 5_000)
    await sleep(6_000)
    world.clients.stop()
    const done = await load
    world.expect(red, 'readiness was not red within 2 s')
    world.expect(
      live.every((status) => status === 200),
      `liveness was ${live} meanwhile`,
    )
    world.expect(green, 'readiness was not green within 5 s')
    await probeAll(world, done.families)
    const after = (await world.operations()).filter(
      ({ op, outcome, start }) => op === 'refresh' && outcome === 'ok' && start > startedAt,
    )
    const recovery = Math.min(...after.map((each) => each.end)) - startedAt
    world.expect(recovery < 5_000, `the first refresh succeeded ${recovery} ms after the start`)
    const kept = (await world.operations()).filter(
      ({ op, outcome }) => op === 'keys' && outcome !== 'ok',
    )
    world.expect(
      kept.length === 0,
      `the key set was refused ${kept.length} times, which needs no store`,
    )
    world.facts = { seconds, recoveryMs: Math.round(recovery), ...done.counts }
  },
}

/** Whether all servers say so in time. */
async function readiness(world, status, patience) {
  const until = now() + patience
  for (;;) {
    const said = await world.ask('/readyz')
    if (said.every((each) => each === status)) return true
    if (now() > until) return false
    await sleep(100)
  }
}

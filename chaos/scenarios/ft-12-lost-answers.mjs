/** FT-12: one connection in five is cut after the request has arrived. */

import { expectAllAlive, expectNoReuse, probeAll } from './support.mjs'

export const lostAnswers = {
  id: 'FT-12',
  ci: ['postgres'],
  title: 'the connection is cut before or within the answer, 20 %',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  rounds: { full: 5_000, short: 300 },
  plant: 'retry-is-reuse',

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16 })
    world.evidence.lossy = true
    const families = await world.installation.families(20)
    const codes = await world.installation.codes(Math.round(rounds / 5))
    await world.serve()
    for (const { proxy } of world.fleet.servers) proxy.set({ cut: 0.2, cutAfter: 400 })
    const [done, { outcomes }] = await Promise.all([
      world.clients.run('refreshing', { families, count: rounds }),
      world.clients.run('redeeming', { codes, width: 8 }),
    ])
    const cuts = world.fleet.servers.reduce((sum, { proxy }) => sum + proxy.cuts, 0)
    for (const { proxy } of world.fleet.servers) proxy.set({})
    expectAllAlive(world, done)
    await probeAll(world, done.families)
    await expectNoReuse(world)
    const { ok = 0, invalid_grant: refused = 0 } = outcomes
    world.expect(ok + refused === codes.length, `codes were answered ${JSON.stringify(outcomes)}`)
    world.expect(cuts > rounds / 10, `only ${cuts} connections were cut`)
    world.facts = { refreshes: rounds, codes: codes.length, cuts }
  },
}

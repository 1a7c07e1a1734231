/** FT-06: servers are killed while codes are redeemed. */

export const killsDuringRedemptions = {
  id: 'FT-06',
  ci: ['postgres'],
  title: 'kill -9 while codes are redeemed',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  failpoints: true,
  rounds: { full: 5_000, short: 250 },
  plant: 'code-twice',

  async run(world, { rounds }) {
    // Chance alone rarely kills between the commit and the answer, which is where it matters.
    await world.open({ servers: 3, connections: 16, failpoints: 'after_commit:kill@p=0.04' })
    world.evidence.lossy = true
    const codes = await world.installation.codes(rounds)
    await world.serve()
    const stop = world.killing()
    const { outcomes } = await world.clients.run('redeeming', { codes, width: 16 })
    await stop()
    const { ok = 0, invalid_grant: refused = 0 } = outcomes
    world.expect(ok + refused === rounds, `clients got ${JSON.stringify(outcomes)}`)
    world.expect(world.fleet.kills > 2, `only ${world.fleet.kills} servers were killed`)
    world.facts = { codes: rounds, kills: world.fleet.kills, lostAnswers: refused }
  },
}

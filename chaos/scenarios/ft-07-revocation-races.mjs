/** FT-07: a family is revoked while it is rotated. */

export const revocationRaces = {
  id: 'FT-07',
  ci: ['sqlite'],
  title: 'revocation of a family racing with its rotation',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-2', 'INV-3', 'INV-4', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  failpoints: true,
  rounds: { full: 2_000, short: 150 },
  plant: 'refresh-after-revocation',

  async run(world, { rounds }) {
    // Between what was read and what is written there is time for a revocation to pass by.
    await world.open({ servers: 2, connections: 16, failpoints: 'before_cas:delay@ms=15&p=0.7' })
    const families = await world.installation.families(rounds)
    await world.serve()
    const { after } = await world.clients.run('revoking', { families, width: 8, head: 40 })
    world.expect(
      after.invalid_grant === rounds,
      `the last tokens were answered ${JSON.stringify(after)}`,
    )
    const rows = await world.store.rows('families')
    const alive = rows.filter((family) => family.revoked_at === null)
    world.expect(alive.length === 0, `${alive.length} families live on`)
    world.facts = { rounds }
  },
}

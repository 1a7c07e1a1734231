/** FT-01: a hundred redeem one code at the same moment. */

import { count, patient } from './support.mjs'

export const codeCrowd = {
  id: 'FT-01',
  ci: ['sqlite', 'postgres'],
  title: '100 concurrent redemptions of one code, 4 processes',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  rounds: { full: 500, short: 12 },
  plant: 'code-twice',

  async run(world, { rounds }) {
    await world.open({ servers: 4, connections: 32, settings: patient })
    const items = await world.installation.codes(rounds)
    await world.serve()
    const done = await world.clients.run('crowd', { action: 'redeem', items, width: 100 })
    for (const [round, outcomes] of done.rounds.entries()) {
      const { ok, invalid_grant: refused } = count(outcomes)
      world.expect(ok === 1, `round ${round}: ${ok} of 100 redeemed the code`)
      world.expect(refused === 99, `round ${round}: ${JSON.stringify(count(outcomes))}`)
    }
    const families = await world.store.rows('families')
    const kept = families.filter((family) => family.revoked_because !== 'code replayed')
    // RFC 6749 §4.1.2: what a code gave ends when the code comes again.
    world.expect(kept.length === 0, `${kept.length} families outlived the replay of their code`)
    world.facts = { rounds, requests: rounds * 100 }
  },
}

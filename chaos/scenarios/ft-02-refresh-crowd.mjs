/** FT-02 and FT-03: a hundred use one refresh token at the same moment, with a grace and without. */

import { count, patient } from './support.mjs'

const common = {
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-2', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  plant: 'refresh-without-generation',
}

async function crowd(world, { rounds, refreshGrace }) {
  await world.open({ servers: 4, connections: 32, settings: patient, ttl: { refreshGrace } })
  const items = await world.installation.families(rounds)
  await world.serve()
  return world.clients.run('crowd', { action: 'refresh', items, width: 100 })
}

export const refreshCrowd = {
  ...common,
  id: 'FT-02',
  ci: ['sqlite', 'redis'],
  title: '100 concurrent refreshes of one token, grace 10 s',
  rounds: { full: 500, short: 12 },

  async run(world, { rounds }) {
    const done = await crowd(world, { rounds, refreshGrace: 10 })
    for (const [round, outcomes] of done.rounds.entries()) {
      const counts = count(outcomes)
      world.expect(counts.ok === 100, `round ${round}: ${JSON.stringify(counts)}`)
    }
    const families = await world.store.rows('families')
    const others = families.filter(
      (family) => family.generation !== 1 || family.revoked_at !== null,
    )
    world.expect(others.length === 0, `${others.length} families are not at generation 1 and alive`)
    world.facts = { rounds, requests: rounds * 100 }
  },
}

export const refreshCrowdWithoutGrace = {
  ...common,
  id: 'FT-03',
  ci: ['postgres'],
  title: '100 concurrent refreshes of one token, no grace',
  rounds: { full: 500, short: 12 },

  async run(world, { rounds }) {
    const done = await crowd(world, { rounds, refreshGrace: 0 })
    for (const [round, outcomes] of done.rounds.entries()) {
      const counts = count(outcomes)
      world.expect(
        counts.ok === 1 && counts.invalid_grant === 99,
        `round ${round}: ${JSON.stringify(counts)}`,
      )
    }
    const families = await world.store.rows('families')
    const others = families.filter((family) => family.revoked_because !== 'refresh token reused')
    world.expect(others.length === 0, `${others.length} families outlived the reuse of their token`)
    world.facts = { rounds, requests: rounds * 100 }
  },
}

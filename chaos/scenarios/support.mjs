/** What several scenarios say alike. */

/** How often each value is there. */
export function count(values) {
  const counts = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/**
 * Crowds are asked who may, not how soon: a machine that does other work too must not turn waiting
 * into a 503. Still below the deadline of the clients.
 */
export const patient = { store: { busyTimeout: 4_500 } }

/** Says which clients lost their family, for whatever reason. */
export function expectAllAlive(world, { dead }) {
  for (const { id, outcome, stuck } of dead) {
    world.expect(
      false,
      `the family ${id} ended with ${outcome}${stuck ? ', and its client was stuck' : ''}`,
    )
  }
}

/** Tries what every client holds, once all is quiet: each must still work. */
export async function probeAll(world, families) {
  const { outcomes } = await world.clients.run('probing', { families })
  world.expect(
    outcomes.ok === families.length,
    `in the end clients got ${JSON.stringify(outcomes)}`,
  )
}

/** Nobody stole anything here, so nothing may be taken for a theft. */
export async function expectNoReuse(world) {
  const events = await world.store.rows('events')
  const reused = events.filter(({ type }) => type === 'token.reused')
  world.expect(reused.length === 0, `${reused.length} families were revoked as if they were stolen`)
}

/** FT-30 and FT-31: far more comes than can be done. */

import { setTimeout as sleep } from 'node:timers/promises'

export const overload = {
  id: 'FT-30',
  title: 'ten times as many clients as make one server busy',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-8'],
  /** Seconds of each phase. */
  rounds: { full: 20, short: 5 },

  async run(world, { rounds: seconds }) {
    await world.open({ servers: 1, connections: 400, settings: { operations: {} } })
    // Who is not answered within five seconds gives up.
    world.evidence.lossy = true
    await world.serve()
    const rush = (width, duration = seconds) =>
      world.clients.run('rushing', {
        ...{ action: 'credentials', item: world.installation.service },
        ...{ width, seconds: duration },
      })
    await rush(8, 2)
    const peak = await rush(32)
    const flood = await rush(320)
    await sleep(5_000)
    const after = await rush(32)
    const share = (one, other) => one.perSecond / other.perSecond
    // The clients share the two cores with the server, and ten times as many of them take their part.
    world.expect(
      share(flood, peak) >= 0.8,
      `goodput fell to ${(100 * share(flood, peak)).toFixed(0)} %`,
    )
    world.expect(
      share(after, peak) >= 0.8,
      `5 s later it was at ${(100 * share(after, peak)).toFixed(0)} %`,
    )
    if (flood.refusedPerSecond > 0) {
      world.expect(flood.refused.p50 < 50, `a refusal took ${flood.refused.p50} ms`)
    }
    const rounded = ({ perSecond }) => Math.round(perSecond)
    world.facts = {
      ...{
        peakPerSecond: rounded(peak),
        floodPerSecond: rounded(flood),
        afterPerSecond: rounded(after),
      },
      refusedPerSecond: Math.round(flood.refusedPerSecond),
      refusalMs: Math.round(flood.refused.p50 ?? 0),
    }
  },
}

export const passwordRush = {
  id: 'FT-31',
  title: '200 people send their password at once',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-8', 'INV-11'],
  rounds: { full: 200, short: 60 },

  async run(world, { rounds }) {
    await world.open({
      servers: 1,
      connections: 400,
      people: 4,
      bystanders: true,
      settings: { operations: {} },
    })
    world.evidence.lossy = true
    const { installation } = world
    const people = Array.from({ length: rounds }, (_, i) => ({
      ...installation.people[i % installation.people.length],
      cookies: undefined,
      query: installation.query(),
    }))
    await world.serve()
    const deck = [{ action: 'credentials', item: installation.service, tag: 'meanwhile' }]
    // In a process of their own: what they see is how long the server takes, not the crowd's process.
    const load = world.bystanders.run('steady', { rate: 50, seconds: 3600, deck })
    await sleep(1_000)
    const { outcomes } = await world.clients.run('signingIn', { people, width: rounds })
    world.bystanders.stop()
    await load
    const took = (await world.operations())
      .filter(({ tag }) => tag === 'meanwhile')
      .map(({ start, end }) => end - start)
      .sort((a, b) => a - b)
    const p99 = took[Math.floor(took.length * 0.99)]
    world.expect(outcomes.ok > 0, `nobody signed in: ${JSON.stringify(outcomes)}`)
    world.expect(p99 < 250, `tokens took ${Math.round(p99)} ms meanwhile (p99)`)
    world.facts = { people: rounds, ...outcomes, tokenP99Ms: Math.round(p99) }
  },
}

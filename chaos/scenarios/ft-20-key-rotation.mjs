/** FT-20 and FT-23: signing keys change, and are withdrawn, while guards keep copies of the key set. */

import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.mjs'

/** A key leads for twelve minutes and guards keep a set for five; an hour is a minute here. */
const SCALE = 60
/** How long a guard may keep a key that was withdrawn, in real milliseconds. */
const KEPT = 300_000 / SCALE

const common = {
  stores: ['sqlite', 'postgres', 'redis'],
  failpoints: true,
}

async function open(world) {
  const clock = { scale: SCALE, from: Date.now() }
  await world.open({ servers: 2, connections: 32, clock })
  await world.serve()
  const guard = (args) =>
    world.clients.run('guarding', {
      ...{ build: world.library, clock, guards: 4, ...args },
      issuer: world.installation.settings.issuer,
      resource: world.installation.resource,
      item: world.installation.service,
    })
  return { guard }
}

export const keyRotation = {
  ...common,
  id: 'FT-20',
  ci: ['sqlite'],
  title: 'signing keys rotate under load, 4 guards with copies of the key set, time × 60',
  invariants: ['INV-6', 'INV-8'],
  /** Rotations. */
  rounds: { full: 30, short: 1 },

  async run(world, { rounds, short }) {
    const { guard } = await open(world)
    const guarding = guard({ rate: short ? 40 : 200, seconds: 60 + rounds * 40 })
    let rotations = 0
    await world.administering(async ({ keys }) => {
      const until = now() + 40_000 * rounds
      while (rotations < rounds && now() < until) {
        await keys.rotate().then(
          () => rotations++,
          ({ code }) => world.expect(code === 'next_key_exists', `rotate: ${code}`),
        )
        await sleep(1_000)
      }
    })
    // The last of them signs after its lead, and what the one before signed lives on.
    await sleep(((720 + 900) / SCALE) * 1000)
    world.clients.stop()
    const { kids } = await guarding
    world.expect(rotations === rounds, `${rotations} rotations`)
    world.expect(
      kids.length > rounds,
      `${kids.length} keys have signed after ${rotations} rotations`,
    )
    world.facts = { rotations, keys: kids.length, guards: 4 }
  },
}

export const keyWithdrawal = {
  ...common,
  id: 'FT-23',
  title: 'a key is withdrawn in an emergency, time × 60',
  invariants: ['INV-8'],
  rounds: { full: 5, short: 1 },

  async run(world, { rounds }) {
    const { guard } = await open(world)
    const guarding = guard({ rate: 40, seconds: 60 + rounds * 20 })
    const withdrawn = []
    await sleep(2_000)
    await world.administering(async ({ keys }) => {
      for (let i = 0; i < rounds; i++) {
        const current = (await keys.list()).find(({ state }) => state === 'current')
        await keys.retire(current.kid)
        withdrawn.push({ kid: current.kid, at: now() })
        await sleep(KEPT + 4_000)
      }
    })
    world.clients.stop()
    await guarding
    const verified = (await world.operations()).filter(({ op }) => op === 'verify')
    for (const { kid, at } of withdrawn) {
      const late = verified.filter(
        (each) => each.kid === kid && each.outcome === 'ok' && each.start > at + KEPT + 1_000,
      )
      const shown = verified.filter((each) => each.kid === kid && each.start > at + KEPT + 1_000)
      world.expect(
        late.length === 0,
        `a withdrawn key was good ${late.length} times after its time`,
      )
      world.expect(shown.length > 0, 'no token of the withdrawn key was shown after its time')
    }
    // Whoever has an old copy refuses the new key for a while: that is the price, and documented.
    world.evidence.expectedRefusals = true
    world.facts = { withdrawn: rounds }
  },
}

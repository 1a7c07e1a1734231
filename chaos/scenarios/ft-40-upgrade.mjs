/** FT-40 to FT-42: a release and the one before it side by side, migrations that are killed, first boots. */

import { setTimeout as sleep } from 'node:timers/promises'
import { withMigration } from '../test-build.mjs'
import { expectNoReuse, probeAll } from './support.mjs'

export const sideBySide = {
  id: 'FT-40',
  title: 'a release and the one before it side by side under load, then back to the one before',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  rounds: { full: 10, short: 1 },

  async run(world, { rounds }) {
    // There is no release yet: the next one is this one with one more migration, which only adds.
    const next = withMigration(world.build, `${world.build}-next-${world.storeName}`)
    await world.open({ servers: 2, connections: 16, ttl: { refreshGrace: 60 } })
    world.evidence.lossy = true
    const families = await world.installation.families(20)
    const codes = await world.installation.codes(20 * rounds)
    await world.serve()
    const [, upgraded] = world.fleet.servers
    const deck = [
      { action: 'refresh' },
      { action: 'credentials', item: world.installation.service },
    ]
    const load = world.clients.run('steady', {
      ...{ rate: 30, seconds: 3600, retries: 2 },
      deck,
      families,
    })
    for (let round = 0; round < rounds; round++) {
      for (const build of [next, world.build]) {
        await sleep(1_000)
        await world.fleet.terminate(upgraded)
        const isUp = await world.fleet.start(upgraded, { build })
        world.expect(isUp, `a server did not start: ${world.fleet.lastWords(upgraded)}`)
        await world.clients.run('redeeming', { codes: codes.splice(0, 10), width: 4 })
      }
    }
    world.clients.stop()
    const done = await load
    const failed = Object.entries(done.counts).filter(([name]) => !name.endsWith(':ok'))
    world.expect(
      failed.length === 0,
      `requests failed even when asked again: ${JSON.stringify(failed)}`,
    )
    const columns = Object.keys((await world.store.rows('users'))[0])
    world.expect(columns.includes('chaos_note'), 'the migration of the next release was not done')
    await probeAll(world, done.families)
    await expectNoReuse(world)
    world.facts = { upgradesAndBack: rounds, ...done.counts }
  },
}

export const migrationKilled = {
  id: 'FT-41',
  title: 'servers are killed while they migrate, several at once, until one is through',
  stores: ['sqlite', 'postgres'],
  invariants: [],
  failpoints: true,
  rounds: { full: 50, short: 3 },

  async run(world, { rounds }) {
    // PostgreSQL takes each statement as a step of its own, SQLite all of them as one.
    const chance = world.storeName === 'sqlite' ? 0.8 : 0.1
    const failpoints = `migration_step:kill@p=${chance},after_cas:kill@p=0.1`
    await world.open({ servers: 3, failpoints })
    let killed = 0
    for (let round = 0; round < rounds; round++) {
      const store = await world.store.fresh(`migrated${round}`)
      world.fleet.env.WARDER_CHAOS_STORE = store.url
      for (let boot = 0; boot < 60; boot++) {
        const up = await Promise.all(world.fleet.servers.map((server) => world.fleet.start(server)))
        const lost = up.filter((each) => !each).length
        killed += lost
        if (lost === 0) break
        await killAll(world)
      }
      // Whoever came up may still die of its next write: what they left is judged by servers that live.
      await killAll(world)
      const env = { ...world.fleet.env, WARDER_FAILPOINT: '' }
      const up = await Promise.all(
        world.fleet.servers.map((server) => world.fleet.start(server, { env })),
      )
      world.expect(up.every(Boolean), `round ${round}: not all servers came up`)
      await expectOneKey(world, store)
      for (const server of world.fleet.running()) await world.fleet.terminate(server)
    }
    world.fleet.env.WARDER_CHAOS_STORE = world.store.url
    world.expect(killed >= rounds, `only ${killed} servers were killed while they migrated`)
    world.facts = { databases: rounds, killedMigrating: killed }
  },
}

export const firstBoots = {
  id: 'FT-42',
  title: 'several nodes boot at once on an empty database',
  stores: ['sqlite', 'postgres'],
  invariants: [],
  rounds: { full: 100, short: 3 },

  async run(world, { rounds }) {
    await world.open({ servers: 2 })
    for (let round = 0; round < rounds; round++) {
      const store = await world.store.fresh(`booted${round}`)
      world.fleet.env.WARDER_CHAOS_STORE = store.url
      const up = await Promise.all(world.fleet.servers.map((server) => world.fleet.start(server)))
      world.expect(up.every(Boolean), `round ${round}: a server did not start`)
      await expectOneKey(world, store)
      for (const server of world.fleet.running()) await world.fleet.terminate(server)
    }
    world.fleet.env.WARDER_CHAOS_STORE = world.store.url
    world.facts = { databases: rounds }
  },
}

async function killAll({ fleet }) {
  for (const server of fleet.running()) await fleet.terminate(server, 'SIGKILL')
}

/** All sign with one key, seal and hash with one, and publish the same. */
async function expectOneKey(world, store) {
  const rows = await store.rows('signing_keys')
  world.expect(rows.length === 1, `${rows.length} signing keys were made`)
  const kinds = (await store.rows('data_keys')).map(({ kind }) => kind).sort()
  world.expect(new Set(kinds).size === kinds.length, `data keys were made twice: ${kinds}`)
  const sets = await world.askForText('/.well-known/jwks.json')
  world.expect(new Set(sets).size === 1, `servers publish ${new Set(sets).size} different key sets`)
}

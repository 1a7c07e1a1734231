/** FT-17 and FT-18: PostgreSQL ends its connections, has none left, and is stuck. */

import { setTimeout as sleep } from 'node:timers/promises'
import { count, expectAllAlive, expectNoReuse, probeAll } from './support.mjs'

const common = {
  stores: ['postgres', 'redis'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
}

export const backendsTerminated = {
  ...common,
  id: 'FT-17',
  title: 'all connections to PostgreSQL are ended every second',
  /** Seconds. */
  rounds: { full: 60, short: 8 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 32, ttl: { refreshGrace: 60 } })
    const families = await world.installation.families(20)
    await world.serve()
    const deck = [{ action: 'refresh' }]
    const load = world.clients.run('steady', {
      ...{ rate: 40, seconds: 3600, retries: 3 },
      deck,
      families,
    })
    let ended = 0
    for (let second = 0; second < rounds; second++) {
      await sleep(1_000)
      ended += await world.store.use(endBackends)
    }
    world.clients.stop()
    const done = await load
    const total = Object.values(done.counts).reduce((sum, each) => sum + each, 0)
    const share = (done.counts['refresh:ok'] ?? 0) / total
    world.expect(
      share >= 0.95,
      `${(share * 100).toFixed(1)} % succeeded: ${JSON.stringify(done.counts)}`,
    )
    world.expect(ended > rounds, `only ${ended} connections were ended`)
    await probeAll(world, done.families)
    await expectNoReuse(world)
    world.facts = {
      seconds: rounds,
      connectionsEnded: ended,
      succeeded: `${(share * 100).toFixed(1)} %`,
    }
  },
}

async function endBackends(client) {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  )
  return rowCount
}

export const noConnectionsLeft = {
  ...common,
  id: 'FT-18',
  title: 'PostgreSQL has fewer connections than are wanted, and a table is locked for 5 s',
  rounds: { full: 5, short: 1 },

  async run(world, { rounds }) {
    await world.open({
      ...{ servers: 2, connections: 64, ttl: { refreshGrace: 60 } },
      store: { maxConnections: 12 },
      settings: { store: { pool: 16, queue: 50, statementTimeout: 2_000 } },
    })
    // Taken while there are some: the servers leave none.
    await world.store.use(async (locker) => {
      const families = await world.installation.families(40)
      await world.serve()
      const crowded = await world.clients.run('refreshing', { families, count: 300 })
      expectAllAlive(world, crowded)
      const deck = [{ action: 'refresh' }]
      const load = world.clients.run('steady', {
        rate: 60,
        seconds: 3600,
        deck,
        families: crowded.families,
      })
      for (let i = 0; i < rounds; i++) {
        await sleep(1_000)
        await locker.query('begin')
        await locker.query('lock table families in access exclusive mode')
        const end = world.outage(['refresh'])
        await sleep(5_000)
        end()
        await locker.query('rollback')
        await sleep(3_000)
      }
      world.clients.stop()
      const done = await load
      const refused = (await world.operations()).filter(({ status }) => status === 503)
      world.expect(refused.length > 0, 'nobody was refused while the table was locked')
      world.expect(
        refused.every(({ start, end }) => end - start < 5_000),
        'a refusal took five seconds',
      )
      await probeAll(world, done.families)
      await expectNoReuse(world)
      world.facts = { locks: rounds, ...count(refused.map(({ op }) => `${op} refused`)) }
    })
  },
}

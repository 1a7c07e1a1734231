/** FT-26: a server may open no more files, and still has connections to take. */

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectAllAlive, probeAll } from './support.mjs'

const CROWD = 500

export const fewFiles = {
  id: 'FT-26',
  title: '500 connections to servers that may open 64 files',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-9', 'INV-10', 'INV-11'],
  rounds: { full: 5, short: 1 },

  async run(world, { rounds }) {
    await world.open({
      ...{ servers: 2, connections: 8, ttl: { refreshGrace: 60 } },
      settings: { store: { pool: 4 } },
    })
    world.evidence.lossy = true
    let families = await world.installation.families(10)
    await world.serve()
    // Only now: the program needs more files to load than to run.
    for (const server of world.fleet.servers) world.fleet.limit(server, 'nofile', 64)
    const before = world.fleet.servers.map((server) => world.fleet.usage(server))
    for (let round = 0; round < rounds; round++) {
      const crowd = world.fleet.servers.flatMap(({ port }) =>
        Array.from({ length: CROWD / 2 }, () => connect(port, '127.0.0.1').on('error', () => {})),
      )
      const load = world.clients.run('refreshing', { families, count: 60 })
      await sleep(3_000)
      for (const socket of crowd) socket.destroy()
      const done = await load
      expectAllAlive(world, done)
      families = done.families
    }
    await probeAll(world, families)
    await sleep(6_000)
    world.evidence.usage = world.fleet.servers.map((server, i) => ({
      name: `open files of server ${i}`,
      before: before[i].files,
      after: world.fleet.usage(server).files,
      most: before[i].files + 12,
    }))
    world.facts = { rounds, connections: CROWD }
  },
}

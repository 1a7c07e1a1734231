/** FT-29: a server is told to stop twice, by other means, and while it starts. */

import { setTimeout as sleep } from 'node:timers/promises'
import { probeAll } from './support.mjs'

export const signals = {
  id: 'FT-29',
  title: 'SIGINT, SIGTERM twice, and SIGTERM while a server starts',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  rounds: { full: 20, short: 3 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16, ttl: { refreshGrace: 60 } })
    world.evidence.lossy = true
    const families = await world.installation.families(10)
    await world.serve()
    const { fleet } = world
    const [server] = fleet.servers
    const deck = [{ action: 'refresh' }]
    const load = world.clients.run('steady', {
      ...{ rate: 30, seconds: 3600, retries: 2 },
      deck,
      families,
    })
    const random = world.random.fork('moments')
    for (let round = 0; round < rounds; round++) {
      const { code } = await fleet.terminate(server, 'SIGINT')
      world.expect(code === 0, `after SIGINT the server ended with ${code}`)
      const starting = fleet.start(server)
      await sleep(random.between(0, 1_200))
      const stopped = await fleet.terminate(server)
      world.expect(
        stopped.code === 0 || stopped.signal === 'SIGTERM' || stopped.code === 143,
        `told to stop while it started, the server ended with ${stopped.code ?? stopped.signal}`,
      )
      await starting
      await fleet.start(server)
      fleet.signal(server, 'SIGTERM')
      const twice = await fleet.terminate(server)
      world.expect(
        twice.code === 0 || twice.code === 143,
        `told twice, the server ended with ${twice.code ?? twice.signal}`,
      )
      await fleet.start(server)
    }
    world.clients.stop()
    const done = await load
    await probeAll(world, done.families)
    world.facts = { rounds, ...done.counts }
  },
}

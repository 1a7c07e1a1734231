/** FT-45: where events are exported to is away, hangs, and comes back. */

import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/services/supervised.mjs'
import { expectNoReuse, probeAll } from './support.mjs'

export const auditSinkAway = {
  id: 'FT-45',
  title: 'the syslog server is away, then takes nothing, then comes back',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-2', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Seconds of each. */
  rounds: { full: 30, short: 3 },

  async run(world, { rounds }) {
    const port = await freePort()
    const settings = { audit: { syslog: { url: `tcp://127.0.0.1:${port}` } } }
    await world.open({ servers: 2, connections: 16, settings })
    const families = await world.installation.families(20)
    await world.serve()
    const deck = [{ action: 'refresh' }]
    const load = world.clients.run('steady', { rate: 40, seconds: 3600, deck, families })
    await sleep(rounds * 1000)
    const deaf = await listen(port, () => {})
    await sleep(rounds * 1000)
    await deaf.close()
    const heard = { bytes: 0 }
    const hearing = await listen(port, (socket) =>
      socket
        .on('data', (piece) => {
          heard.bytes += piece.length
        })
        .resume(),
    )
    await sleep(Math.max(rounds * 1000, 6_000))
    world.clients.stop()
    const done = await load
    const refused = Object.entries(done.counts).filter(([name]) => !name.endsWith(':ok'))
    world.expect(refused.length === 0, `requests were refused: ${JSON.stringify(refused)}`)
    world.expect(heard.bytes > 0, 'nothing came when the syslog server was back')
    const slow = (await world.operations()).filter(({ start, end }) => end - start > 3_000)
    world.expect(slow.length === 0, `${slow.length} requests waited for the syslog server`)
    await probeAll(world, done.families)
    await expectNoReuse(world)
    await hearing.close()
    world.facts = { secondsOfEach: rounds, ...done.counts, bytesHeard: heard.bytes }
  },
}

async function listen(port, onConnection) {
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    // Whoever wants to hear begins to.
    socket.pause()
    onConnection(socket)
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

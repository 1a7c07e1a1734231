/**
 * One process and two on one PostgreSQL. Where there are CPUs for it, each process has its own; where
 * there are not, they share one, and only what a request costs can be compared.
 */

import { otherCpus, serverCpus } from '../machine.mjs'
import { measure } from '../measure.mjs'
import { freePort } from '../process.mjs'
import { install } from '../warder/installation.mjs'
import { database } from '../warder/postgres.mjs'
import { serveInstallation } from '../warder/server.mjs'

/** Four CPUs: one for each process, one for the load, one for PostgreSQL. */
export const hasCpusForTwo = otherCpus.length >= 3

export const processes = {
  name: 'processes',
  title: 'Refresh with rotation by one process and by two, PostgreSQL',
  connections: 64,
  async run(plan) {
    const store = await database()
    const installation = await install('refresh', { storeUrl: store.url })
    const first = await serveInstallation(installation)
    const port = await freePort()
    const on = hasCpusForTwo ? [otherCpus.at(-1)] : serverCpus
    const second = await serveInstallation(installation, { port, on })
    const { target } = installation
    const hostHeader = `127.0.0.1:${installation.port}`
    const half = target.tokens.length / 2
    const one = { pids: [first.pid], target: { ...target, tokens: target.tokens.slice(0, half) } }
    const both = {
      pids: [first.pid, second.pid],
      target: {
        ...target,
        hostHeader,
        ports: [installation.port, port],
        tokens: target.tokens.slice(half),
      },
    }
    try {
      return await measure(
        [
          { name: 'one-process', title: 'one process', server: one },
          { name: 'two-processes', title: 'two processes', server: both },
        ],
        plan,
      )
    } finally {
      await second.stop()
      await first.stop()
      installation.remove()
      await store.drop()
    }
  },
}

/**
 * Whether rows that have gathered slow anything down: a refresh in a database with nothing but the grants
 * in use, and in one with a million grants, and ten million rows of codes and events that were used.
 */

import { measure } from '../measure.mjs'
import { gather } from '../warder/gathered-rows.mjs'
import { install } from '../warder/installation.mjs'
import { serveInstallation } from '../warder/server.mjs'

/** Grants in use, spread over all that there are. */
const IN_USE = 20_000
const FAMILIES = 1_000_000
const USED = 10_000_000

async function start({ scale }) {
  const installation = await install('refresh', { families: IN_USE })
  if (scale > 0) {
    await gather(installation, { families: FAMILIES * scale, used: USED * scale })
  }
  const { pid, stop } = await serveInstallation(installation)
  return {
    pids: [pid],
    target: installation.target,
    async stop() {
      await stop()
      installation.remove()
    },
  }
}

export const rows = {
  name: 'rows',
  title: 'Refresh with rotation among gathered rows, SQLite',
  connections: 64,
  async run({ scale, ...plan }) {
    const count = (n) => (n * scale).toLocaleString('en')
    const title = `${count(FAMILIES)} families, ${count(USED)} used rows`
    const empty = { name: 'empty', title: 'nothing else', server: await start({ scale: 0 }) }
    const full = { name: 'full', title, server: await start({ scale }) }
    try {
      return await measure([empty, full], plan)
    } finally {
      await empty.server.stop()
      await full.server.stop()
    }
  },
}

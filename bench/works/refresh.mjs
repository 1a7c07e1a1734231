/**
 * A refresh with rotation: each answer's token is what the next request of its family sends. Beside it,
 * what `pgbench` reaches with the one update that a refresh makes, in the same table of the same server.
 */

import { contestantsFor } from '../contestants.mjs'
import { againstLimit, measure } from '../measure.mjs'
import { pgbench } from '../warder/pgbench.mjs'
import { hasPgbench } from '../warder/postgres.mjs'

export const refresh = {
  name: 'refresh',
  title: 'Refresh with rotation',
  connections: 64,
  async run(plan) {
    const subjects = []
    try {
      for (const { start, ...contestant } of contestantsFor('refresh')) {
        subjects.push({ ...contestant, server: await start('refresh') })
      }
      const results = againstLimit(await measure(subjects, plan))
      const onPostgres = subjects.find(({ server }) => server.store !== undefined)
      if (onPostgres === undefined || !hasPgbench()) return results
      return [...results, await pgbench(onPostgres.server, plan)]
    } finally {
      for (const { server } of subjects) await server.stop()
    }
  },
}

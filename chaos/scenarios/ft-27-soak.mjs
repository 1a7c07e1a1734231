/** FT-27: the same load for a long time. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expectNoReuse, probeAll } from './support.mjs'

const MEGABYTE = 1 << 20
/** What a server may grow by in ten minutes once it is warm. */
const SLOPE = MEGABYTE

export const soak = {
  id: 'FT-27',
  title: 'a mixed load for minutes on end, 96 MB of heap',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-2', 'INV-7', 'INV-8', 'INV-9', 'INV-10', 'INV-11'],
  /** Minutes. What grows is measured from 10 minutes on; less says only that it runs. */
  rounds: { full: 30, short: 1 },

  async run(world, { rounds: minutes }) {
    await world.open({ servers: 2, connections: 32 })
    world.fleet.env.NODE_OPTIONS = '--max-old-space-size=96'
    const families = await world.installation.families(50)
    await world.serve()
    const deck = [
      ...[{ action: 'refresh' }, { action: 'refresh' }, { action: 'keys', item: {} }],
      { action: 'credentials', item: world.installation.service },
    ]
    const load = world.clients.run('steady', { rate: 150, seconds: minutes * 60, deck, families })
    const samples = []
    for (let second = 0; second < minutes * 60; second += 5) {
      await sleep(5_000)
      samples.push(world.fleet.servers.map((server) => world.fleet.usage(server)))
    }
    const done = await load
    await probeAll(world, done.families)
    await expectNoReuse(world)
    // The first third warms up: code is compiled, caches fill.
    const warm = samples.slice(Math.ceil(samples.length / 3))
    const grown = world.fleet.servers.map((_, i) => slope(warm.map((each) => each[i].memory)) * 120)
    world.evidence.usage = world.fleet.servers.flatMap((_, i) => {
      const [before, after] = [warm[0][i], warm.at(-1)[i]]
      const files = {
        name: `open files of server ${i}`,
        before: before.files,
        after: after.files,
        most: before.files * 1.1 + 8,
      }
      const name = `growth of server ${i} in 10 minutes`
      return minutes < 10
        ? [files]
        : [files, { name, before: 0, after: Math.round(grown[i]), most: SLOPE }]
    })
    world.facts = {
      minutes,
      ...done.counts,
      megabytes: warm
        .at(-1)
        .map(({ memory }) => Math.round(memory / MEGABYTE))
        .join('/'),
      megabytesGrownIn10Minutes: grown.map((each) => (each / MEGABYTE).toFixed(1)).join('/'),
    }
  },
}

/** How much a list of numbers rises from one to the next, by least squares. */
function slope(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let [above, below] = [0, 0]
  for (const [x, value] of values.entries()) {
    above += (x - middle) * (value - mean)
    below += (x - middle) ** 2
  }
  return below === 0 ? 0 : above / below
}

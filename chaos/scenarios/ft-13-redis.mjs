/** FT-13 to FT-15: Redis is frozen, comes back empty, and is full. */

import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { registerSigner } from './ft-10-replays.mjs'
import { count, patient, probeAll } from './support.mjs'

const common = { stores: ['redis'] }

export const redisFrozen = {
  ...common,
  id: 'FT-13',
  title: 'Redis is frozen (SIGSTOP) under load, sign-ins must be counted there',
  invariants: ['INV-2', 'INV-3', 'INV-5', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Seconds that it is frozen. */
  rounds: { full: 5, short: 3 },

  async run(world, { rounds }) {
    const settings = { ...patient, limits: { whenAway: 'refuse' } }
    await world.open({ servers: 2, connections: 64, settings, people: 6 })
    const { installation, store, clients } = world
    const families = await installation.families(20)
    const people = installation.people.map(({ email, password }) => ({
      ...{ email, password },
      query: installation.query(),
    }))
    await world.serve()
    const deck = [{ action: 'refresh' }, { action: 'credentials', item: installation.service }]
    const load = clients.run('steady', { rate: 50, seconds: 60, deck, families })
    await sleep(1_500)
    const before = await clients.run('signingIn', { people, width: 2 })
    store.redis.signal('SIGSTOP')
    await sleep(400)
    const end = world.outage(['sign-in'])
    const during = await clients.run('signingIn', { people, width: 2 })
    await sleep(rounds * 1000)
    end()
    store.redis.signal('SIGCONT')
    await sleep(2_000)
    const after = await clients.run('signingIn', { people, width: 2 })
    clients.stop()
    const done = await load
    world.expect(before.outcomes.ok === people.length, `before: ${JSON.stringify(before)}`)
    world.expect(during.outcomes.ok === undefined, `while it was frozen: ${JSON.stringify(during)}`)
    world.expect(after.outcomes.ok === people.length, `2 s after: ${JSON.stringify(after)}`)
    // Tokens are counted by each process meanwhile: nobody has to sign in again for it.
    const refused = Object.keys(done.counts).filter((name) => !name.endsWith(':ok'))
    world.expect(refused.length === 0, `tokens were refused: ${JSON.stringify(done.counts)}`)
    await probeAll(world, done.families)
    world.facts = { seconds: rounds, ...done.counts }
  },
}

export const redisEmptied = {
  ...common,
  id: 'FT-14',
  title: 'Redis is killed and comes back empty: what was presented once stays refused',
  invariants: ['INV-8', 'INV-11'],
  rounds: { full: 40, short: 10 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 64, settings: patient })
    const { installation, store, clients } = world
    const sign = await registerSigner(installation)
    await world.serve()
    const make = async (key) => ({ key, resource: installation.resource, assertion: await sign() })
    const items = await Promise.all(Array.from({ length: rounds }, (_, i) => make(`assertion${i}`)))
    const first = await clients.run('crowd', { action: 'assert', items, width: 4 })
    world.expect(
      count(first.rounds.flat()).ok === rounds,
      `first: ${JSON.stringify(count(first.rounds.flat()))}`,
    )
    await store.redis.halt('SIGKILL')
    await store.redis.start()
    await sleep(1_000)
    const again = await clients.run('crowd', { action: 'assert', items, width: 4 })
    const outcomes = count(again.rounds.flat())
    world.expect(outcomes.ok === undefined, `after it came back empty: ${JSON.stringify(outcomes)}`)
    world.facts = { assertions: rounds, ...outcomes }
  },
}

export const redisFull = {
  ...common,
  id: 'FT-15',
  title: 'Redis has no memory left',
  invariants: ['INV-2', 'INV-7', 'INV-8', 'INV-11'],
  rounds: { full: 20, short: 5 },

  async run(world, { rounds }) {
    const redis = { settings: { maxmemory: '8mb', 'maxmemory-policy': 'noeviction' } }
    await world.open({ servers: 2, connections: 64, settings: patient, store: { redis } })
    const { installation, store, clients } = world
    const sign = await registerSigner(installation)
    const families = await installation.families(20)
    await world.serve()
    const client = await createClient({ url: store.redis.url }).connect()
    try {
      const filled = await fill(client)
      const make = async (key) => ({
        key,
        resource: installation.resource,
        assertion: await sign(),
      })
      const items = await Promise.all(
        Array.from({ length: rounds }, (_, i) => make(`assertion${i}`)),
      )
      let isOver = false
      const filling = (async () => {
        for (let time = 0; !isOver; time++) await fill(client, `again${time}-`)
      })()
      const full = await clients.run('crowd', { action: 'assert', items, width: 2 })
      isOver = true
      await filling
      const outcomes = count(full.rounds.flat())
      // Redis frees a little now and then, and who could be remembered is let in. Nobody is twice.
      const accepted = full.rounds.map((round) => count(round).ok ?? 0)
      world.expect(Math.max(...accepted) <= 1, `while it was full: ${JSON.stringify(outcomes)}`)
      world.expect(outcomes.temporarily_unavailable > 0, 'it was never full')
      await probeAll(world, families)
      const [, evicted] = /evicted_keys:(\d+)/.exec(await client.info('stats'))
      world.expect(evicted === '0', `${evicted} keys were evicted`)
      world.expect((await client.dbSize()) >= filled, 'keys are gone')
      world.facts = { filled, ...outcomes }
    } finally {
      client.destroy()
    }
  },
}

/** Writes until not even a little fits, time and again. @returns how many keys there are */
async function fill(client, prefix = 'filling') {
  let filled = 0
  for (let refusals = 0; refusals < 200; ) {
    try {
      await client.set(`${prefix}${filled}`, 'x'.repeat(refusals === 0 ? 20_000 : 64))
      filled++
    } catch (error) {
      if (!/OOM/.test(error.message)) throw error
      refusals++
    }
  }
  return filled
}

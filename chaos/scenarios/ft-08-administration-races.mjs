/** FT-08: an account is disabled, or a client removed, while tokens are issued to it. */

import { now } from '../clock.mjs'

export const administrationRaces = {
  id: 'FT-08',
  ci: ['sqlite'],
  title: 'accounts disabled, removed and clients removed while tokens are issued',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-2', 'INV-4', 'INV-7', 'INV-8', 'INV-11'],
  failpoints: true,
  rounds: { full: 200, short: 8 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16, failpoints: 'before_cas:delay@ms=15&p=0.7' })
    const { installation } = world
    const kinds = ['disable', 'remove person', 'remove client']
    const cases = []
    for (let i = 0; i < rounds; i++)
      cases.push(await prepare(installation, i, kinds[i % kinds.length]))
    await world.serve()
    const random = world.random.fork('moments')
    await world.administering(async (warder) => {
      for (const each of cases) {
        const { families, codes } = each
        const refreshing = world.clients.run('rotating', { families })
        const redeeming = world.clients.run('redeeming', { codes, width: 4 })
        await new Promise((resolve) => setTimeout(resolve, random.between(0, 60)))
        await act(warder, each)
        const at = now()
        for (const { id } of families) world.evidence.acknowledged.push({ id, at })
        await Promise.all([refreshing, redeeming])
      }
    })
    const alive = (await world.store.rows('families')).filter(
      (family) => family.revoked_at === null,
    )
    world.expect(
      alive.length === 0,
      `${alive.length} families live on after their account or client`,
    )
    world.facts = { rounds }
  },
}

async function prepare(installation, i, kind) {
  const clientId = `client${i}`
  await installation.addClient(clientId)
  const person = await installation.addPerson(`race${i}@example.com`)
  const authorize = () => installation.authorize(person, { clientId })
  // The first asks the person; from then on it is remembered.
  await authorize()
  const codes = await Promise.all(Array.from({ length: 6 }, authorize))
  const families = await Promise.all(
    Array.from({ length: 3 }, async () => installation.redeem(await authorize())),
  )
  return { kind, clientId, person, codes, families }
}

function act({ accounts, clients }, { kind, person, clientId }) {
  if (kind === 'disable') return accounts.setDisabled(person.id, true)
  if (kind === 'remove person') return accounts.remove(person.id)
  return clients.remove(clientId)
}

/** FT-09: a device asks many times at once while its user answers twice, or answers both ways. */

import { count, patient } from './support.mjs'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export const devices = {
  id: 'FT-09',
  ci: ['sqlite'],
  title: '50 questions of a device at once while it is approved twice, or approved and denied',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  rounds: { full: 100, short: 4 },
  plant: 'device-twice',

  async run(world, { rounds }) {
    const device = { enabled: true, perSource: 10_000, perClient: 10_000 }
    const settings = { ...patient, server: { device } }
    await world.open({ servers: 2, connections: 64, settings })
    const { installation } = world
    await installation.addClient('device', [GRANT, 'refresh_token'])
    const items = []
    for (let round = 0; round < rounds; round++) {
      const answers = round % 2 === 0 ? ['approve', 'approve'] : ['approve', 'deny']
      const person = installation.people[round % installation.people.length]
      items.push({ ...(await ask(installation, person)), answers })
    }
    await world.serve()
    const { endings } = await world.clients.run('devices', { items, width: 50 })
    const rows = await world.store.rows('device_codes')
    for (const [round, outcomes] of endings.entries()) {
      const { ok = 0, access_denied: denied = 0, invalid_grant: spent = 0 } = count(outcomes)
      // Of those who ask at once, one gets it; of a denied one, nobody does.
      const isOne = ok === 1 ? spent === 49 : ok === 0 && denied === 50
      world.expect(isOne, `round ${round}: ${JSON.stringify(count(outcomes))}`)
    }
    const states = count(rows.map(({ state }) => state))
    const ended = (states.redeemed ?? 0) + (states.denied ?? 0)
    world.expect(ended === rounds, `the questions are ${JSON.stringify(states)}`)
    world.facts = { rounds, ...states }
  },
}

/** A device asks, and its user enters the code and stands before the question. */
async function ask(installation, person) {
  const form = { client_id: 'device', resource: installation.resource }
  const asked = await installation.visit(person, '/device_authorization', { form })
  const { device_code: deviceCode, user_code: userCode } = JSON.parse(asked.text)
  const path = `/device?user_code=${userCode}`
  const entry = await installation.visit(person, path)
  const confirm = { csrf: entry.csrf, action: 'confirm', user_code: userCode }
  await installation.visit(person, path, { form: confirm })
  const { csrf } = await installation.visit(person, path)
  const cookie = [...person.cookies].map((pair) => pair.join('=')).join('; ')
  const origin = installation.settings.issuer
  return { key: userCode, deviceCode, path, csrf, cookie, origin, subject: person.id }
}

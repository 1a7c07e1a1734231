/** FT-10: one client assertion is presented by many at the same moment, and again after a restart. */

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { count, patient } from './support.mjs'

export const assertionReplays = {
  id: 'FT-10',
  ci: ['sqlite'],
  title: 'one client assertion 100 times at once over 2 processes, and after a restart',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-8', 'INV-11'],
  rounds: { full: 50, short: 4 },
  plant: 'replays-forgotten',

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 64, settings: patient })
    const { installation } = world
    const sign = await registerSigner(installation)
    await world.serve()
    const make = async (round) => ({
      key: `assertion${round}`,
      resource: installation.resource,
      assertion: await sign(),
    })
    const items = await Promise.all(Array.from({ length: rounds }, (_, round) => make(round)))
    const first = await world.clients.run('crowd', { action: 'assert', items, width: 100 })
    for (const [round, outcomes] of first.rounds.entries()) {
      const { ok, invalid_client: refused } = count(outcomes)
      world.expect(ok === 1 && refused === 99, `round ${round}: ${JSON.stringify(count(outcomes))}`)
    }
    for (const server of world.fleet.servers) {
      await world.fleet.terminate(server)
      await world.fleet.start(server)
    }
    const again = await world.clients.run('crowd', { action: 'assert', items, width: 2 })
    const outcomes = count(again.rounds.flat())
    world.expect(
      outcomes.invalid_client === 2 * rounds,
      `after a restart: ${JSON.stringify(outcomes)}`,
    )
    world.facts = { rounds, requests: rounds * 102 }
  },
}

/** A client with a key of its own. @returns what signs an assertion, each with a name of its own */
export async function registerSigner({ warder, settings }) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  await warder.clients.add({
    id: 'signer',
    metadata: {
      ...{ client_name: 'Signer', redirect_uris: [], grant_types: ['client_credentials'] },
      ...{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
    },
    resources: null,
  })
  return () =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer('signer')
      .setSubject('signer')
      .setAudience(settings.issuer)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('4m')
      .sign(privateKey)
}

/** Attacks on the token endpoint (TK, PK): codes used twice, by others, elsewhere, or in bits. */

import { describe, expect, it } from 'vitest'
import { memoryStore, StoreUnavailable } from 'warder/store'
import {
  authorizationCode,
  authorizationServer,
  type Rig,
  redeem,
  refresh,
} from './support/authorization-server.ts'
import { faultyStore, type Interference, touches } from './support/faulty-store.ts'
import { granted, outcome } from './support/requests.ts'

/** A server whose store a test comes between. */
async function interfered(): Promise<{ rig: Rig; between: Interference }> {
  const between: Interference = {}
  return { rig: await authorizationServer({ store: faultyStore(memoryStore(), between) }), between }
}

describe('Attacks on the token endpoint: the store', () => {
  it('TK-22 a store that fails at the consuming write: 503, no token, and the code still good', async () => {
    const { rig, between } = await interfered()
    const code = await authorizationCode(rig)
    between.write = () => Promise.reject(new StoreUnavailable())
    const failed = await redeem(rig, code)
    expect(failed.headers.get('retry-after')).toBe('1')
    expect(await outcome(failed)).toBe('503 temporarily_unavailable')
    delete between.write
    await granted(await redeem(rig, code))
  })

  it('TK-22 a dynamic client whose use cannot be noted has not spent its code either', async () => {
    const { rig, between } = await interfered()
    const redirect_uri = 'https://dyn.test/cb'
    const client_id = await rig.register({
      client_name: 'Dyn',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    })
    const code = await authorizationCode(rig, { client_id, redirect_uri })
    between.write = (next, changes) =>
      touches(changes, 'clients') ? Promise.reject(new StoreUnavailable()) : next()
    expect(await outcome(await redeem(rig, code, { client_id, redirect_uri }))).toBe(
      '503 temporarily_unavailable',
    )
    delete between.write
    await granted(await redeem(rig, code, { client_id, redirect_uri }))
  })

  it('TK-22 a store that never says whether it wrote: 503 or a refusal, never a token, and an end', async () => {
    const { rig, between } = await interfered()
    const { refresh_token = '' } = await granted(await redeem(rig, await authorizationCode(rig)))
    const code = await authorizationCode(rig)
    between.write = async () => false
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, refresh_token))).toBe('503 temporarily_unavailable')
    delete between.write
    await granted(await refresh(rig, refresh_token))
  })
})

describe('Attacks on the proof key', () => {
  const wrong = { code_verifier: 'w'.repeat(43) }

  it('PK-12 the fifth wrong verifier of its own client spends a code', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 5; i++) {
      expect(await outcome(await redeem(rig, code, wrong))).toBe('400 invalid_grant')
    }
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
  })

  it('PK-12 four wrong verifiers do not', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 4; i++) await redeem(rig, code, wrong)
    await granted(await redeem(rig, code))
  })

  it('PK-12 wrong verifiers are counted one by one when they come at once', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    await Promise.all(Array.from({ length: 5 }, () => redeem(rig, code, wrong)))
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
  })

  it('PK-12 a client that is not the code’s own spends nothing, whatever it sends', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 10; i++) await redeem(rig, code, { ...wrong, client_id: 'evil' })
    for (let i = 0; i < 10; i++) await redeem(rig, code, { ...wrong, client_id: 'web' })
    await granted(await redeem(rig, code))
  })

  it('PK-12 a code that was spent by guessing has given nothing that could be revoked', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 6; i++) await redeem(rig, code, wrong)
    expect(rig.events.map(({ type }) => type)).not.toContain('code.redeemed')
  })
})

/** Whom an authorization response is from: the client's side. */

import { describe, expect, it } from 'vitest'
import { AS, callback, clientWorld, EVIL, METADATA, metadataOf } from './support/client-world.ts'

/** A sign-in at a server that promises `iss` or not, answered with some `iss` and maybe an error. */
async function answered(
  promised: boolean | undefined,
  iss: string | undefined,
  more: Readonly<Record<string, string | undefined>> = {},
) {
  const world = clientWorld()
  const authorization_response_iss_parameter_supported = promised
  world.on(METADATA, metadataOf(AS, { authorization_response_iss_parameter_supported }))
  const client = world.client()
  const { pending } = await client.begin()
  const outcome = await client.finish(callback(pending, { iss, ...more }), pending).then(
    () => 'tokens',
    (error: { code: string }) => error,
  )
  return { outcome, exchanges: world.to(`${AS}/token`).length }
}

describe('RFC 9207 OAuth 2.0 Authorization Server Issuer Identification: clients', () => {
  it.each([
    ['promised and right', true, AS],
    ['not promised and right', undefined, AS],
    ['promised not, and right', false, AS],
    ['not promised and absent', undefined, undefined],
  ])('§2.4 goes on if iss is %s', async (_, promised, iss) => {
    expect(await answered(promised, iss)).toEqual({ outcome: 'tokens', exchanges: 1 })
  })

  it.each([
    ['promised and absent', true, undefined],
    ['promised and empty', true, ''],
    ['promised and of another', true, EVIL],
    ['not promised and of another', undefined, EVIL],
    ['right but for a slash', true, `${AS}/`],
    ['right but for its case', true, 'https://AS.test'],
    ['right but for the default port', true, `${AS}:443`],
    ['right but for an encoding', true, 'https://as%2etest'],
  ])('§2.4 MUST reject if iss is %s, and send the code nowhere', async (_, promised, iss) => {
    const { outcome, exchanges } = await answered(promised, iss)
    expect(outcome).toMatchObject({ code: 'response_mismatch' })
    expect(exchanges).toBe(0)
  })

  it('§2.4 MUST NOT act on an error of another server, nor repeat it', async () => {
    const error = { code: undefined, error: 'access_denied', error_description: 'call 555-0100' }
    const { outcome } = await answered(true, EVIL, error)
    expect(outcome).toMatchObject({ code: 'response_mismatch', serverCode: undefined })
    expect(`${JSON.stringify(outcome)}${String(outcome)}`).not.toMatch(/access_denied|555/)
  })

  it('§2.4 acts on an error of the right server', async () => {
    const error = { code: undefined, error: 'access_denied' }
    const { outcome } = await answered(true, AS, error)
    expect(outcome).toMatchObject({ code: 'refused', serverCode: 'access_denied' })
  })

  it('§2.4 MUST reject a response with two of them', async () => {
    const world = clientWorld()
    const client = world.client()
    const { pending } = await client.begin()
    const twice = `${callback(pending)}&iss=${encodeURIComponent(AS)}`
    await expect(client.finish(twice, pending)).rejects.toMatchObject({ code: 'response_mismatch' })
    expect(world.to(`${AS}/token`)).toEqual([])
  })
})

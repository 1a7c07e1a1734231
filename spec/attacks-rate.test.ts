/** Attacks by number (RL): more requests than the budget, and more keys than there is memory for. */

import { describe, expect, it } from 'vitest'
import { authorizationServer, ISSUER, type Rig } from './support/authorization-server.ts'

/** Registers a public client from an address. */
const register = (rig: Rig, remoteAddress: string, body: BodyInit = JSON.stringify(editor)) =>
  rig.server.fetch(
    new Request(`${ISSUER}/register`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body },
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    }),
    { remoteAddress },
  )

const editor = {
  client_name: 'Editor',
  redirect_uris: ['http://127.0.0.1/cb'],
  token_endpoint_auth_method: 'none',
}

describe('Attacks on the registration of clients, by number', () => {
  it('RL-01 one source past its budget uses up nothing that others need', async () => {
    const rig = await authorizationServer({
      settings: { registration: { perSource: 10, perFingerprint: 60 } },
    })
    const flood = Array.from({ length: 1000 }, () => register(rig, '192.0.2.66'))
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(990)
    // The same software on another computer registers with the same metadata.
    expect((await register(rig, '198.51.100.7')).status).toBe(201)
  })

  it('RL-01 past the budget the body is not even read', async () => {
    const rig = await authorizationServer({ settings: { registration: { perSource: 1 } } })
    await register(rig, '192.0.2.66')
    let read = false
    const body = new ReadableStream(
      {
        pull(controller) {
          read = true
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const refused = await register(rig, '192.0.2.66', body)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(read).toBe(false)
  })
})

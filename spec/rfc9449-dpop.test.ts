/** DPoP at a protected resource. What a client could try against it is in `attacks-dpop.test.ts`. */

import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { createGuard } from 'warder/guard'
import { introspection } from 'warder/guard/credentials'
import { memoryReplays } from 'warder/limits'
import { accessTokenHash, createDpopNonces, normalizeHtu } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { BAD_PROOF, BAD_TOKEN, dpopRig, proofMaker } from './fixtures/dpop.ts'
import { ISSUER, lastReason, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'

const SECRET = new Uint8Array(32).fill(9)
const ORIGIN = new URL(RESOURCE).origin

describe('RFC 9449 §4.2 DPoP proof JWT syntax', () => {
  it('ath is the SHA-256 of the access token, in base64url', async () => {
    // The example of §7.1.
    expect(await accessTokenHash('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU')).toBe(
      'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
    )
  })

  it.each(['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'])(
    'a proof may be signed with %s',
    async (alg) => {
      const { issuer, status } = await dpopRig({ dpop: { algorithms: [alg] } })
      const client = await proofMaker(alg)
      const token = await issuer.token({ cnf: { jkt: client.jkt } })
      expect(await status({ token, proofs: [await client.proof(token)] })).toBe(200)
    },
  )

  it('a proof may say more than it must', async () => {
    const { status } = await dpopRig()
    expect(await status({ claims: { iss: 'web', sub: 'alice', extra: {} } })).toBe(200)
    expect(await status({ header: { kid: 'x' } })).toBe(200)
  })
})

describe('RFC 9449 §4.3 Checking DPoP proofs', () => {
  it('a good proof lets the token in, and the principal says so', async () => {
    const { guard, requestOf } = await dpopRig()
    expect(await guard.check(await requestOf({}))).toMatchObject({
      subject: 'alice',
      proof: { kind: 'jwt', binding: 'dpop' },
    })
  })

  it('8. htm MUST match the method', async () => {
    const { status } = await dpopRig()
    expect(await status({ method: 'POST', claims: { htm: 'POST' } })).toBe(200)
    expect(await status({ method: 'POST' })).toBe(401)
  })

  it('9. htu MUST match the URI, without query and fragment', async () => {
    const { status } = await dpopRig()
    expect(await status({ url: `${RESOURCE}?a=b` })).toBe(200)
    expect(await status({ url: `${RESOURCE}/x`, claims: { htu: `${RESOURCE}/x` } })).toBe(200)
    expect(await status({ url: `${RESOURCE}/x` })).toBe(401)
  })

  it('9. htu SHOULD be normalized by RFC 3986 §6.2.2 and §6.2.3', () => {
    const same = [
      'https://mcp.test/mcp',
      'HTTPS://MCP.test/mcp',
      'https://mcp.test:443/mcp',
      'https://mcp.test:/mcp',
      'https://mcp.test/%6d%63p',
      'https://mcp.test/./mcp',
      'https://mcp.test/x/../mcp',
      'https://mcp.test/x/%2e%2E/mcp',
      'https://mcp.test/mcp?query#fragment',
    ]
    expect(new Set(same.map(normalizeHtu))).toEqual(new Set([RESOURCE]))
    expect(normalizeHtu('https://mcp.test')).toBe('https://mcp.test/')
    expect(normalizeHtu('https://mcp.test/a%2fb%c3%bc')).toBe('https://mcp.test/a%2Fb%C3%BC')
    expect(normalizeHtu('https://[2001:DB8::1]:8443/')).toBe('https://[2001:db8::1]:8443/')
  })

  it('9. the address is below the origin of the resource, however the request got here', async () => {
    const { status } = await dpopRig()
    const sent = { url: 'http://10.0.0.5:3000/mcp' }
    expect(await status({ ...sent, claims: { htu: RESOURCE } })).toBe(200)
    expect(await status({ ...sent, claims: { htu: sent.url } })).toBe(401)
  })

  it('9. where a proxy takes away a part of the path, the operator says what callers address', async () => {
    const url = (request: { url: string }) => `${ORIGIN}/v1${new URL(request.url).pathname}`
    const { status } = await dpopRig({ dpop: { url } })
    expect(await status({ claims: { htu: `${ORIGIN}/v1/mcp` } })).toBe(200)
    expect(await status()).toBe(401)
  })

  it('11. iat MUST be recent: 300 seconds, and 10 for clocks that run ahead', async () => {
    const { status } = await dpopRig()
    const statusAt = (iat: unknown) => status({ claims: { iat } })
    expect(await statusAt(NOW + 10)).toBe(200)
    expect(await statusAt(NOW + 11)).toBe(401)
    const { platform, ...later } = await dpopRig()
    platform.advance(299_000)
    expect(await later.status()).toBe(200)
    platform.advance(1_000)
    expect(await later.status()).toBe(401)
  })

  it('11. a proof may ask for less time with exp (RFC 7519 §4.1.4), and gets no more', async () => {
    const { status, platform } = await dpopRig()
    const statusUntil = (exp: unknown) => status({ claims: { exp } })
    expect(await statusUntil(NOW + 60)).toBe(200)
    expect(await statusUntil(NOW - 9)).toBe(200)
    expect(await statusUntil(NOW - 10)).toBe(401)
    expect(await statusUntil('later')).toBe(401)
    platform.advance(300_000)
    expect(await statusUntil(NOW + 3_600)).toBe(401)
  })

  it('11. how recent is for the operator to say', async () => {
    const { status, platform } = await dpopRig({ dpop: { maxAge: 60 } })
    platform.advance(59_000)
    expect(await status()).toBe(200)
    platform.advance(1_000)
    expect(await status()).toBe(401)
    for (const maxAge of [0, -1, 3_601, Number.NaN, Number.POSITIVE_INFINITY, '60']) {
      const make = () =>
        Reflect.apply(createGuard, undefined, [
          { issuer: ISSUER, resource: RESOURCE, dpop: { maxAge } },
        ])
      expect(make).toThrow('dpop.maxAge: ')
    }
  })

  it('12. ath MUST be the hash of the token, and the key that of the token', async () => {
    const { issuer, client, bound, send } = await dpopRig()
    const another = await issuer.token({ cnf: { jkt: client.jkt }, jti: 'token-2' })
    const borrowed = await send({ proofs: [await client.proof(another)] })
    expect(borrowed).toMatchObject({
      status: 401,
      reason: 'proof: ath is not the hash of the access token',
    })
    const stranger = await proofMaker()
    const stolen = await send({ proofs: [await stranger.proof(bound)] })
    expect(stolen.challenge).toMatch(BAD_TOKEN)
    expect(stolen.reason).toBe(`bound to "${client.jkt}", the proof is by ${stranger.jkt}`)
  })

  it.each([['HS256'], ['none'], ['ES256K'], []])(
    'there is no guard that accepts %s',
    (...algorithms) => {
      const options = { issuer: ISSUER, resource: RESOURCE, dpop: { algorithms } }
      expect(() => createGuard(options)).toThrow('algorithms: ')
    },
  )
})

describe('RFC 9449 §6 Public key confirmation', () => {
  it.each([
    ['a jkt that is no text', { jkt: 1 }],
    ['a jkt that is a key', { jwk: {} }],
    ['no member', {}],
    ['an unknown member', { kid: 'x' }],
  ])('§6.1 a token is refused whose cnf has %s', async (_, cnf) => {
    const { issuer, status } = await dpopRig()
    const token = await issuer.token({ cnf })
    expect([await status({ token }), await status({ token, scheme: 'Bearer' })]).toEqual([401, 401])
  })

  it('§6.1 a token is refused whose cnf has an unknown member beside jkt', async () => {
    const { issuer, client, send } = await dpopRig()
    const token = await issuer.token({ cnf: { jkt: client.jkt, 'x5t#S512': 'x' } })
    expect(await send({ token })).toMatchObject({
      status: 401,
      reason: 'bound in a way that is not known: jkt x5t#S512',
    })
  })

  it('§6.2 an introspected token is bound as its server says', async () => {
    const client = await proofMaker()
    const answer = {
      active: true,
      client_id: 'web',
      sub: 'alice',
      aud: RESOURCE,
      token_type: 'DPoP',
    }
    const guard = createGuard({
      resource: RESOURCE,
      platform: fakePlatform(NOW * 1000),
      accept: [
        introspection({
          ...{ issuer: ISSUER, endpoint: `${ISSUER}/introspect` },
          ...{ clientId: 'notes', clientSecret: 'a secret' },
          fetch: async () => Response.json({ ...answer, cnf: { jkt: client.jkt } }),
        }),
      ],
    })
    const check = (authorization: string, proof: string) =>
      guard.check(new Request(RESOURCE, { headers: { authorization, dpop: proof } }))
    expect(await check('DPoP opaque', await client.proof('opaque'))).toMatchObject({
      proof: { kind: 'introspection', binding: 'dpop' },
    })
    expect(await check('DPoP opaque', await client.proof('other'))).toMatchObject({ status: 401 })
    expect(await check('Bearer opaque', await client.proof('opaque'))).toMatchObject({
      status: 401,
    })
  })
})

describe('RFC 9449 §7 Protected resource access', () => {
  it('§7.1 the scheme is compared without regard to case', async () => {
    const { status } = await dpopRig()
    expect([await status({ scheme: 'dpop' }), await status({ scheme: 'DPOP' })]).toEqual([200, 200])
  })

  it('§7.1 a refusal is a DPoP challenge with the error and the algorithms', async () => {
    const { send } = await dpopRig({ dpop: { algorithms: ['ES256', 'PS256'] } })
    expect((await send({ proofs: [] })).challenge).toBe(
      'DPoP algs="ES256 PS256", error="invalid_dpop_proof", ' +
        'error_description="The DPoP proof is not valid. Make a new one for each request.", ' +
        `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="notes:read"`,
    )
  })

  it('§7.1 a bad token is invalid_token, in the scheme it was sent with', async () => {
    const { issuer, send } = await dpopRig()
    const { status, challenge } = await send({ token: await issuer.token({ exp: 1 }) })
    expect(status).toBe(401)
    expect(challenge).toMatch(BAD_TOKEN)
  })

  it('§7.1 a guard that is told of DPoP offers it beside Bearer, without an error', async () => {
    const told = await dpopRig({ dpop: { algorithms: ['ES256'] } })
    const { challenge } = await told.refusal(requestWith())
    expect(challenge).toMatch(/^Bearer resource_metadata=/)
    expect(challenge).toContain(', DPoP algs="ES256", ')
    expect(challenge).not.toContain('error')
    const untold = await dpopRig()
    expect((await untold.refusal(requestWith())).challenge).not.toContain('DPoP')
  })

  it('§7.1 one word of a token, or the request is malformed', async () => {
    const { guard } = await dpopRig()
    for (const header of ['DPoP', 'DPoP a b', 'DPoP a\tb']) {
      expect(await guard.check(requestWith(header)), header).toMatchObject({ status: 400 })
    }
  })

  it('§7.2 a bound token MUST NOT be accepted as a bearer token, with a proof or without', async () => {
    const { send } = await dpopRig()
    for (const sending of [{ scheme: 'Bearer' }, { scheme: 'Bearer', proofs: [] }]) {
      const { status, challenge } = await send(sending)
      expect(status).toBe(401)
      expect(challenge).toContain('error="invalid_token"')
    }
  })

  it('§7.2 a bearer token is accepted as before', async () => {
    const { issuer, status, principal } = await dpopRig()
    const token = await issuer.token()
    expect(await status({ token, scheme: 'Bearer', proofs: [] })).toBe(200)
    expect((await principal(token)).proof).not.toHaveProperty('binding')
  })

  it('a client that is not ours is let in', async () => {
    const { guard, bound, client } = await dpopRig()
    const outcome: unknown[] = []
    await oauth.protectedResourceRequest(bound, 'GET', new URL(RESOURCE), undefined, undefined, {
      // Its clock is the machine's.
      DPoP: oauth.DPoP({ [oauth.clockSkew]: NOW - Math.floor(Date.now() / 1000) }, client.keyPair),
      [oauth.customFetch]: async (url, { method, headers }) => {
        const answer = await guard.check(new Request(url, { method, headers }))
        outcome.push(answer)
        return answer instanceof Response ? answer : new Response()
      },
    })
    expect(outcome).toMatchObject([{ subject: 'alice', proof: { binding: 'dpop' } }])
  })
})

describe('RFC 9449 §9 Resource server-provided nonce', () => {
  const dpop = { nonces: { secret: SECRET } }

  it('a proof without a nonce is answered use_dpop_nonce and a nonce', async () => {
    const { send } = await dpopRig({ dpop })
    const { status, challenge, nonce } = await send()
    expect(status).toBe(401)
    expect(challenge).toMatch(/^DPoP algs="[^"]+", error="use_dpop_nonce"/)
    expect(await send({ claims: { nonce } })).toMatchObject({ status: 200, nonce: null })
  })

  it('§8.1 a nonce is of the characters that may stand in the header', async () => {
    const { send } = await dpopRig({ dpop })
    expect((await send()).nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('§8.2 the next nonce comes with an answer before the last one is over', async () => {
    const { send, platform } = await dpopRig({ dpop })
    const { nonce: first } = await send()
    platform.advance(149_999)
    expect(await send({ claims: { nonce: first } })).toMatchObject({ status: 200, nonce: null })
    platform.advance(1)
    const { status, nonce: second } = await send({ claims: { nonce: first } })
    expect(status).toBe(200)
    expect(second).not.toBeNull()
    platform.advance(149_999)
    expect(await send({ claims: { nonce: first } })).toMatchObject({ status: 200 })
    platform.advance(1)
    expect(await send({ claims: { nonce: first } })).toMatchObject({ status: 401 })
    expect(await send({ claims: { nonce: second } })).toMatchObject({ status: 200 })
  })

  it('§8.2 a refusal of what a principal may do brings the next nonce, too', async () => {
    const { guard, send, requestOf, platform } = await dpopRig({ dpop })
    const { nonce } = await send()
    platform.advance(150_000)
    const request = await requestOf({ claims: { nonce } })
    const refused = await guard.check(request, { scopes: ['notes:write'] })
    expect(refused instanceof Response && refused.status).toBe(403)
    expect(refused instanceof Response && refused.headers.get('dpop-nonce')).not.toBeNull()
  })

  it('§4.3, 11. with a nonce, its time counts, and not the clock of the client', async () => {
    const { send, status } = await dpopRig({ dpop })
    const { nonce } = await send()
    expect(await status({ claims: { nonce, iat: NOW - 86_400 } })).toBe(200)
    expect(await status({ claims: { nonce, iat: NOW + 86_400 } })).toBe(200)
    expect(await status({ claims: { nonce, iat: 'now' } })).toBe(401)
  })

  it('§11.3 a proof without a nonce MUST NOT be accepted any more', async () => {
    const { send, status } = await dpopRig({ dpop })
    const { nonce } = await send()
    expect(await status({ claims: { nonce } })).toBe(200)
    expect(await status()).toBe(401)
  })

  it('a client that is not ours gets in at the second try', async () => {
    const { guard, bound, client, platform } = await dpopRig({ dpop })
    const DPoP = oauth.DPoP({ [oauth.clockSkew]: 0 }, client.keyPair)
    const send = () =>
      oauth.protectedResourceRequest(bound, 'GET', new URL(RESOURCE), undefined, undefined, {
        DPoP,
        [oauth.customFetch]: async (url, { method, headers }) => {
          const answer = await guard.check(new Request(url, { method, headers }))
          if (answer instanceof Response) return answer
          return new Response(answer.subject, { headers: guard.headers(answer) })
        },
      })
    const refusal: unknown = await send().catch((error: unknown) => error)
    expect(oauth.isDPoPNonceError(refusal)).toBe(true)
    expect(await (await send()).text()).toBe('alice')
    platform.advance(200_000)
    expect((await send()).headers.has('dpop-nonce')).toBe(true)
    platform.advance(200_000)
    expect(await (await send()).text()).toBe('alice')
  })

  it('there are no nonces with a short secret', () => {
    const make = (secret: Uint8Array) =>
      createGuard({ issuer: ISSUER, resource: RESOURCE, dpop: { nonces: { secret } } })
    expect(() => make(new Uint8Array(31))).toThrow('dpop.nonces.secret: ')
    expect(() => make(new Uint8Array(32))).not.toThrow()
  })

  it('a nonce is good for its lifetime, and for clocks a little apart', async () => {
    const platform = fakePlatform(NOW * 1000)
    const now = () => platform.now()
    const nonces = createDpopNonces({ secret: SECRET, audience: RESOURCE, now, lifetime: 60 })
    const nonce = await nonces.create()
    expect(await nonces.find(nonce)).toEqual({ madeAt: NOW * 1000, expiresAt: (NOW + 60) * 1000 })
    platform.advance(-10_000)
    expect(await nonces.find(nonce)).toBeDefined()
    platform.advance(-1)
    expect(await nonces.find(nonce)).toBeUndefined()
  })
})

describe('RFC 9449 §11.1 DPoP proof replay', () => {
  it('a proof is good once', async () => {
    const { client, bound, send } = await dpopRig()
    const proofs = [await client.proof(bound)]
    expect(await send({ proofs })).toMatchObject({ status: 200 })
    const again = await send({ proofs })
    expect(again.challenge).toMatch(BAD_PROOF)
    expect(again.reason).toBe('proof: it was used before, or that cannot be ruled out')
  })

  it('whatever is refused for another reason is not used up', async () => {
    const { client, bound, outcomeOf, status } = await dpopRig()
    const proof = await client.proof(bound)
    expect(await status({ proofs: [proof], method: 'POST' })).toBe(401)
    expect(await status({ proofs: [proof], url: `${RESOURCE}/x` })).toBe(401)
    const bearer = { authorization: `Bearer ${bound}`, dpop: proof }
    expect(await outcomeOf(new Request(RESOURCE, { headers: bearer }))).toMatchObject({
      status: 401,
    })
    expect(await status({ proofs: [proof] })).toBe(200)
  })

  it('processes share what they know, if they are given the means', async () => {
    const platform = fakePlatform(NOW * 1000)
    const replays = memoryReplays({ platform, knowsSince: 0 })
    const one = await dpopRig({ platform, dpop: { replays } })
    const keys = { jwks: async () => ({ keys: [one.issuer.publicJwk] }) }
    const other = await dpopRig({ platform, keys, dpop: { replays } })
    const request = { token: one.bound, proofs: [await one.client.proof(one.bound)] }
    expect([await one.status(request), await other.status(request)]).toEqual([200, 401])
  })

  it('if it cannot be known whether a proof was used, nobody is let in', async () => {
    const replays = {
      claim: async () => {
        throw new Error('Redis is away')
      },
    }
    const { events, send } = await dpopRig({ dpop: { replays } })
    expect(await send()).toMatchObject({ status: 503, challenge: '' })
    expect(lastReason(events)).toContain('Redis is away')
  })
})

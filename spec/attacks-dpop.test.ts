/**
 * Attacks on proofs of possession (DP) at a guard.
 *
 * What remembers proofs is attacked by itself in `attacks-replays.test.ts`, in Redis as well.
 */

import fc from 'fast-check'
import { base64url, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createGuard } from 'warder/guard'
import { localLimits, memoryReplays } from 'warder/limits'
import { createDpopNonces, dpopRules, type ProofKey, verifyDpopProof } from 'warder/protocol'
import { fakePlatform, modernServer } from 'warder/testing'
import { BAD_PROOF, BAD_TOKEN, dpopRig, proofMaker } from './fixtures/dpop.ts'
import { gatewayFor, listening } from './fixtures/gateway.ts'
import { ISSUER, NOW, RESOURCE } from './fixtures/issuer.ts'
import { testStore } from './support/test-store.ts'

const SECRET = new Uint8Array(32).fill(9)

describe('DP: the header', () => {
  it('DP-01 no proof, an empty one, one that is none', async () => {
    const { send } = await dpopRig()
    for (const proofs of [[], [''], [' '], ['nonsense'], ['a.b'], ['..'], ['a.b.c.d'], ['{}']]) {
      const { status, challenge } = await send({ proofs })
      expect(status, String(proofs)).toBe(401)
      expect(challenge, String(proofs)).toMatch(BAD_PROOF)
    }
  })

  it('DP-01 two proofs, in two headers or joined with a comma, even if both are good', async () => {
    const { client, bound, send } = await dpopRig()
    const proof = () => client.proof(bound)
    const [one, two] = [await proof(), await proof()]
    for (const proofs of [[one, two], [`${one},${two}`], [`${one}, `], [`,${one}`], [one, '']]) {
      const { status, reason } = await send({ proofs })
      expect([status, reason]).toEqual([401, 'proof: more than one DPoP header'])
    }
    expect((await send({ proofs: [one] })).status).toBe(200)
  })

  it('DP-01 a proof in another spelling', async () => {
    const { client, bound, status } = await dpopRig()
    const proof = await client.proof(bound)
    const spellings = [
      `${proof}=`,
      `${proof}.`,
      `.${proof}`,
      proof.replace('.', '. '),
      `"${proof}"`,
    ]
    for (const spelling of spellings) expect(await status({ proofs: [spelling] })).toBe(401)
    expect(await status({ proofs: [proof] })).toBe(200)
  })
})

describe('DP: what a proof must say', () => {
  it.each(['typ', 'alg', 'jwk'])('DP-02 without %s in its header', async (name) => {
    const { client, bound, send } = await dpopRig()
    const [, payload = ''] = (await client.proof(bound)).split('.')
    const { [name]: _, ...header } = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk } as Record<
      string,
      unknown
    >
    const said = new TextDecoder().decode(base64url.decode(payload))
    const proof = await client.signTexts(JSON.stringify(header), said)
    expect((await send({ proofs: [proof] })).challenge).toMatch(BAD_PROOF)
  })

  it.each(['jti', 'htm', 'htu', 'iat', 'ath'])('DP-02 without %s', async (name) => {
    const { send } = await dpopRig()
    expect((await send({ claims: { [name]: undefined } })).challenge).toMatch(BAD_PROOF)
  })

  it.each([
    ['typ', ['JWT', 'at+jwt', 'dpop', 'dpop+jwt ', '', null, ['dpop+jwt']]],
    ['alg', ['none', 'HS256', 'ES384', 'RS256', 'es256', null, ['ES256']]],
    ['crit', [['exp'], []]],
    ['b64', [false, true]],
  ])('DP-02 with another %s in its header', async (name, values) => {
    const { client, bound, send } = await dpopRig()
    const [, payload = ''] = (await client.proof(bound)).split('.')
    const said = new TextDecoder().decode(base64url.decode(payload))
    for (const value of values) {
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk, [name]: value }
      const proof = await client.signTexts(JSON.stringify(header), said)
      expect((await send({ proofs: [proof] })).challenge, String(value)).toMatch(BAD_PROOF)
    }
  })

  it('DP-02 with a key that is private, symmetric, another kind, or no key', async () => {
    const { client, send } = await dpopRig()
    const { x: _, ...half } = client.jwk
    const { publicKey } = await generateKeyPair('ES384', { extractable: true })
    const keys = [
      ...[client.privateJwk, { ...client.jwk, d: '' }, { kty: 'oct', k: 'AAAA' }, half],
      ...[await exportJWK(publicKey), {}, [], 'key', 1, null, [client.jwk]],
      ...[
        { ...client.jwk, use: 'enc' },
        { ...client.jwk, alg: 'ES384' },
      ],
      ...[
        { ...client.jwk, y: client.jwk.x },
        { ...client.jwk, key_ops: ['sign'] },
      ],
    ]
    for (const jwk of keys) {
      const { status, challenge } = await send({ header: { jwk } })
      expect([status, BAD_PROOF.test(challenge)], JSON.stringify(jwk)).toEqual([401, true])
    }
  })

  it('DP-02 signed by another key than it names', async () => {
    const { client, bound, send } = await dpopRig()
    const evil = await proofMaker()
    const proof = await evil.proof(bound, { header: { jwk: client.jwk } })
    expect(await send({ proofs: [proof] })).toMatchObject({
      status: 401,
      reason: 'proof: the signature does not verify',
    })
  })

  it('DP-02 signed by another key than it names, after the good key was seen', async () => {
    const { client, bound, status } = await dpopRig()
    expect(await status()).toBe(200)
    const evil = await proofMaker()
    const forged = await evil.proof(bound, { header: { jwk: client.jwk } })
    expect(await status({ proofs: [forged] })).toBe(401)
    const [, payload] = forged.split('.')
    const [header, , signature] = (await client.proof(bound)).split('.')
    expect(await status({ proofs: [`${header}.${payload}.${signature}`] })).toBe(401)
  })

  it('DP-02 by a key that the token is not bound to', async () => {
    const { bound, send } = await dpopRig()
    const evil = await proofMaker()
    expect((await send({ proofs: [await evil.proof(bound)] })).challenge).toMatch(BAD_TOKEN)
  })

  it('DP-02 keys that come with addresses are not fetched', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    const { status } = await dpopRig()
    const header = { jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x5u', x5c: ['MIIB'] }
    expect(await status({ header })).toBe(200)
    expect(await status({ header: { ...header, jwk: undefined } })).toBe(401)
    expect(fetch).not.toHaveBeenCalled()
    fetch.mockRestore()
  })

  it.each(['GET ', 'get', 'Get', 'POST', '', ' GET', 'GET,POST', null, ['GET'], 1])(
    'DP-04 htm %j',
    async (htm) => {
      const { send } = await dpopRig()
      expect((await send({ claims: { htm } })).challenge).toMatch(BAD_PROOF)
    },
  )

  it.each([
    'https://evil.test/mcp',
    'https://mcp.test.evil.test/mcp',
    'https://mcp.test@evil.test/mcp',
    'https://evil@mcp.test/mcp',
    'http://mcp.test/mcp',
    'http://mcp.test:443/mcp',
    'https://mcp.test:8443/mcp',
    'https://mcp.test:0443/mcp',
    'https://mcp.test/',
    'https://mcp.test',
    'https://mcp.test/mcp/',
    'https://mcp.test//mcp',
    'https://mcp.test/MCP',
    'https://mcp.test/mcp%2F',
    'https://mcp.test/mcp;a=b',
    'https://mcp.test/mcp%00',
    'https://mcp.test\\mcp',
    'https:/mcp.test/mcp',
    '//mcp.test/mcp',
    '/mcp',
    'mcp',
    '',
    ' https://mcp.test/mcp',
    'https://mcp.test/m\tcp',
    'https://mcp.test./mcp',
    'https://mcp。test/mcp',
    'javascript:https://mcp.test/mcp',
    null,
    ['https://mcp.test/mcp'],
    {},
  ])('DP-04 htu %j', async (htu) => {
    const { send } = await dpopRig()
    expect((await send({ claims: { htu } })).challenge).toMatch(BAD_PROOF)
  })

  it('DP-04 the Host that a request came with counts for nothing', async () => {
    const { status } = await dpopRig()
    const url = 'https://evil.test/mcp'
    expect(await status({ url, claims: { htu: url } })).toBe(401)
  })

  it.each(['/mcp', 'mcp.test/mcp', '*', ''])(
    'DP-04 no proof is good for an address that is not absolute: %j',
    async (url) => {
      const { guard, bound, client } = await dpopRig()
      const headers = new Headers({ authorization: `DPoP ${bound}` })
      headers.set(
        'dpop',
        await client.proof(bound, { claims: { htu: new URL('/', RESOURCE).href } }),
      )
      expect(await guard.check({ method: 'GET', url, headers })).toMatchObject({ status: 401 })
    },
  )

  it('DP-04 query, fragment, default port and case make no difference', async () => {
    const { status } = await dpopRig()
    const same = ['?x=y', '#z', '?x#z'].map((end) => RESOURCE + end)
    for (const htu of [...same, 'https://mcp.test:443/mcp', 'HTTPS://MCP.TEST/mcp']) {
      expect(await status({ claims: { htu } }), htu).toBe(200)
    }
  })

  it('DP-06 iat an hour off is refused, ten seconds are good, from the first request on', async () => {
    const { status } = await dpopRig()
    const statusAt = (iat: unknown) => status({ claims: { iat } })
    const offsets = [-3_600, -301, -10, 0, 10, 3_600]
    expect(await Promise.all(offsets.map((offset) => statusAt(NOW + offset)))).toEqual([
      401, 401, 200, 200, 200, 401,
    ])
  })

  it('DP-06 iat is a number, and a fraction is one (RFC 7519 §2)', async () => {
    const { status } = await dpopRig()
    expect(await status({ claims: { iat: NOW + 0.5 } })).toBe(200)
    for (const iat of [String(NOW), -NOW, null, true, [NOW], { at: NOW }, 1e30]) {
      expect(await status({ claims: { iat } }), String(iat)).toBe(401)
    }
  })
})

describe('DP: replay', () => {
  it('DP-07 one after the other, and a hundred at once', async () => {
    const { client, bound, status } = await dpopRig()
    const first = { proofs: [await client.proof(bound)] }
    expect([await status(first), await status(first)]).toEqual([200, 401])
    const second = { proofs: [await client.proof(bound)] }
    const statuses = await Promise.all(Array.from({ length: 100 }, () => status(second)))
    expect(statuses.filter((answered) => answered === 200)).toHaveLength(1)
  })

  it('DP-07 until the proof is over, and for clocks that disagree', async () => {
    const { client, bound, status, platform } = await dpopRig()
    const sending = { proofs: [await client.proof(bound)] }
    expect(await status(sending)).toBe(200)
    for (const seconds of [1, 150, 148, 1, 1, 60, 3_600]) {
      platform.advance(seconds * 1000)
      expect(await status(sending)).toBe(401)
    }
  })

  it('DP-07 signed anew with the same jti', async () => {
    const { status } = await dpopRig()
    const claims = { jti: 'the same' }
    expect([await status({ claims }), await status({ claims })]).toEqual([200, 401])
    expect(await status({ claims: { ...claims, htu: `${RESOURCE}#x` } })).toBe(401)
  })

  it('DP-07 another client may use the same jti', async () => {
    const { issuer, status } = await dpopRig()
    const claims = { jti: 'the same' }
    expect(await status({ claims })).toBe(200)
    const other = await proofMaker()
    const token = await issuer.token({ cnf: { jkt: other.jkt }, jti: 'token-2' })
    expect(await status({ token, proofs: [await other.proof(token, { claims })] })).toBe(200)
  })

  it('DP-07 at two processes on one store, and after a restart', async () => {
    const [store, platform] = [await testStore(), fakePlatform(NOW * 1000)]
    const replays = () => localLimits({ store, platform }).replays
    const one = await dpopRig({ platform, dpop: { replays: replays() } })
    const keys = { jwks: async () => ({ keys: [one.issuer.publicJwk] }) }
    const again = async () => dpopRig({ platform, keys, dpop: { replays: replays() } })
    const sending = { token: one.bound, proofs: [await one.client.proof(one.bound)] }
    const other = await again()
    const statuses = await Promise.all(
      [one, other, one, other].map(({ status }) => status(sending)),
    )
    expect(statuses.filter((answered) => answered === 200)).toHaveLength(1)
    expect(await (await again()).status(sending)).toBe(401)
  })

  it('DP-07 after a restart of a process that remembers by itself', async () => {
    const platform = fakePlatform(NOW * 1000)
    const one = await dpopRig({ platform })
    const keys = { jwks: async () => ({ keys: [one.issuer.publicJwk] }) }
    const sending = { token: one.bound, proofs: [await one.client.proof(one.bound)] }
    expect(await one.status(sending)).toBe(200)
    platform.advance(11_000)
    const restarted = await dpopRig({ platform, keys })
    expect(await restarted.status(sending)).toBe(401)
    // What is made from now on is good at once.
    const claims = { iat: NOW + 11 }
    const proofs = [await one.client.proof(one.bound, { claims })]
    expect(await restarted.status({ token: one.bound, proofs })).toBe(200)
  })

  it('DP-07 a memory that is full lets nobody in, and has room again', async () => {
    const platform = fakePlatform(NOW * 1000)
    const replays = memoryReplays({ platform, knowsSince: 0, maxEntries: 3 })
    const { send, status } = await dpopRig({ platform, dpop: { replays } })
    expect([await status(), await status(), await status()]).toEqual([200, 200, 200])
    expect(await send()).toMatchObject({ status: 503 })
    platform.advance(361_000)
    expect(await status({ claims: { iat: NOW + 361 } })).toBe(200)
  })

  it.each([undefined, null, '', 1, ['a'], {}, 'a\nb', 'x'.repeat(1_025), 'x'.repeat(10_000)])(
    'DP-07 jti %.20j is none',
    async (jti) => {
      const { send } = await dpopRig()
      expect((await send({ claims: { jti } })).challenge).toMatch(BAD_PROOF)
    },
  )
})

describe('DP: the scheme', () => {
  it('DP-10 a bound token sent as Bearer', async () => {
    const { client, bound, send } = await dpopRig()
    const proofs = [await client.proof(bound)]
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect(await send({ scheme, proofs })).toMatchObject({ status: 401 })
      expect(await send({ scheme, proofs: [] })).toMatchObject({ status: 401 })
    }
    expect(await send({ proofs })).toMatchObject({ status: 200 })
  })

  it('DP-10 a bearer token sent as DPoP, with a good proof', async () => {
    const { issuer, send } = await dpopRig()
    const { status, challenge, reason } = await send({ token: await issuer.token() })
    expect(status).toBe(401)
    expect(challenge).toMatch(BAD_TOKEN)
    expect(reason).toBe('not bound to a key, but sent as dpop')
  })

  it('DP-10 a token bound to a certificate sent as DPoP, with a good proof', async () => {
    const { issuer, send } = await dpopRig()
    const token = await issuer.token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })
    expect(await send({ token })).toMatchObject({ status: 401 })
  })

  it('DP-10 a token and its proof in two schemes', async () => {
    const { guard, client, bound } = await dpopRig()
    const authorization = `DPoP ${bound}, Bearer ${bound}`
    const headers = { authorization, dpop: await client.proof(bound) }
    expect(await guard.check(new Request(RESOURCE, { headers }))).toMatchObject({ status: 400 })
  })

  it('DP-10 every cnf but a whole one is refused', async () => {
    const { issuer, client, status } = await dpopRig()
    const member = fc.oneof(fc.constantFrom('jkt', 'x5t#S256', 'jwk', '__proto__'), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.dictionary(member, fc.jsonValue(), { maxKeys: 3 }), async (cnf) => {
        fc.pre(!(cnf.jkt === client.jkt && Object.keys(cnf).length === 1))
        const token = await issuer.token({ cnf })
        expect(await status({ token })).toBe(401)
        expect(await status({ token, scheme: 'Bearer' })).toBe(401)
      }),
      { numRuns: 50 },
    )
  })
})

describe('DP: nonces', () => {
  const dpop = { nonces: { secret: SECRET } }
  const nonces = (changes: object = {}, now = NOW * 1000) =>
    createDpopNonces({
      ...{ secret: SECRET, audience: RESOURCE, lifetime: 300, now: () => now },
      ...changes,
    })

  it('DP-11 missing, no text, made up, changed in any character', async () => {
    const { send } = await dpopRig({ dpop })
    const good = await nonces().create()
    const changed = Array.from(good, (character, at) => {
      // The last character has bits that say nothing.
      const other = character === 'A' ? 'Q' : 'A'
      return at === good.length - 1 ? `${good}A` : good.slice(0, at) + other + good.slice(at + 1)
    })
    for (const nonce of [undefined, null, 1, '', 'nonce', [good], 'A'.repeat(54), ...changed]) {
      const { status, challenge, nonce: fresh } = await send({ claims: { nonce } })
      expect(status, String(nonce)).toBe(401)
      expect(challenge).toMatch(/^DPoP algs="[^"]+", error="use_dpop_nonce"/)
      expect(fresh).not.toBeNull()
    }
    expect(await send({ claims: { nonce: good } })).toMatchObject({ status: 200 })
  })

  it('DP-11 of another secret, of another resource, from the future', async () => {
    const { status } = await dpopRig({ dpop })
    const foreign = [
      nonces({ secret: new Uint8Array(32) }),
      nonces({ audience: 'https://api.test/' }),
      nonces({}, (NOW + 11) * 1000),
      nonces({}, (NOW - 300) * 1000),
    ]
    for (const source of foreign) {
      expect(await status({ claims: { nonce: await source.create() } })).toBe(401)
    }
  })

  it('DP-11 the one before is good while the next is handed out, and two processes know both', async () => {
    const platform = fakePlatform(NOW * 1000)
    const one = await dpopRig({ platform, dpop })
    const keys = { jwks: async () => ({ keys: [one.issuer.publicJwk] }) }
    const other = await dpopRig({ platform, keys, dpop })
    const { nonce: first } = await one.send()
    platform.advance(200_000)
    const { nonce: second } = await one.send({ claims: { nonce: first } })
    const statusWith = async (nonce: string | null) =>
      other.status({
        token: one.bound,
        proofs: [await one.client.proof(one.bound, { claims: { nonce } })],
      })
    expect([await statusWith(first), await statusWith(second)]).toEqual([200, 200])
    platform.advance(100_000)
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200])
  })

  it('DP-11 a proof with a nonce is good once, too', async () => {
    const { client, bound, send, status } = await dpopRig({ dpop })
    const { nonce } = await send()
    const sending = { proofs: [await client.proof(bound, { claims: { nonce } })] }
    expect([await status(sending), await status(sending)]).toEqual([200, 401])
  })

  it('DP-11 a nonce from before a restart, whose proofs may have been used, is replaced at once', async () => {
    const platform = fakePlatform(NOW * 1000)
    const one = await dpopRig({ platform, dpop })
    const { nonce } = await one.send()
    const proofs = [await one.client.proof(one.bound, { claims: { nonce } })]
    platform.advance(60_000)
    const keys = { jwks: async () => ({ keys: [one.issuer.publicJwk] }) }
    const restarted = await dpopRig({ platform, dpop, keys })
    const refused = await restarted.send({ token: one.bound, proofs })
    expect(refused).toMatchObject({ status: 401, nonce: expect.any(String) })
    expect(refused.challenge).toContain('error="use_dpop_nonce"')
    const claims = { nonce: refused.nonce }
    const again = [await one.client.proof(one.bound, { claims })]
    expect(await restarted.status({ token: one.bound, proofs: again })).toBe(200)
  })

  it('DP-11 without nonces a proof may have one of another server', async () => {
    const { status } = await dpopRig()
    expect(await status({ claims: { nonce: 'of the authorization server' } })).toBe(200)
  })
})

describe('DP: what it may cost', () => {
  it('DP-14 64 kB, deep nesting and a million dots cost nothing', async () => {
    const { client, send } = await dpopRig()
    const nested = await client.signTexts('['.repeat(3_000), '{}')
    const long = await client.signTexts(`{"x":"${'x'.repeat(65_536)}"}`, '{}')
    const started = performance.now()
    for (const proof of [nested, long, 'x'.repeat(65_536), '.'.repeat(60_000)]) {
      expect((await send({ proofs: [proof] })).challenge).toMatch(BAD_PROOF)
    }
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it.each([1_024, 8_192, 16_384])('DP-14 an RSA key of %i bits is not used', async (bits) => {
    const { bound, send } = await dpopRig()
    // Whatever it is, nobody is to verify with it.
    const n = base64url.encode(new Uint8Array(bits / 8).fill(0xc1))
    const header = { alg: 'RS256', typ: 'dpop+jwt', jwk: { kty: 'RSA', n, e: 'AQAB' } }
    const signature = base64url.encode(new Uint8Array(bits / 8).fill(1))
    const proof = `${base64url.encode(JSON.stringify(header))}.${base64url.encode('{}')}.${signature}`
    const { status, reason } = await send({ token: bound, proofs: [proof] })
    expect(status).toBe(401)
    expect(reason).toBe('proof: jwk is no public key that will do for RS256')
  })

  it('DP-14 keys are kept of those who hold a token, and of nobody else', async () => {
    const known = new Map<string, ProofKey>()
    const rules = dpopRules({ algorithms: ['ES256'], now: () => NOW * 1000, maxAge: 300, known })
    const [client, stranger] = [await proofMaker(), await proofMaker()]
    const token = { value: 'opaque', jkt: client.jkt }
    const verify = (proof: string) =>
      verifyDpopProof({ proof, method: 'GET', htu: RESOURCE, token }, rules)
    const bad = [
      await stranger.proof('opaque'),
      await client.proof('another'),
      await client.proof('opaque', { claims: { htm: 'POST' } }),
      (await client.proof('opaque')).replace(/[^.]{8}$/, 'AAAAAAAA'),
    ]
    for (const proof of bad)
      await expect(verify(proof)).rejects.toMatchObject({ name: 'OAuthError' })
    expect(known.size).toBe(0)
    await verify(await client.proof('opaque'))
    await verify(await client.proof('opaque'))
    expect([...known.values()].map(({ jkt }) => jkt)).toEqual([client.jkt])
  })
})

describe('DP: the gateway', () => {
  it('DP-16 neither proof nor token goes to the server behind', async () => {
    const upstream = await listening(modernServer())
    const rig = await gatewayFor({ url: upstream.url })
    const client = await proofMaker()
    const token = await rig.token('alice', 'mcp:tools', { cnf: { jkt: client.jkt } })
    const dpop = await client.proof(token, { claims: { htm: 'POST', htu: rig.url } })
    const headers = { authorization: `DPoP ${token}`, dpop }
    const answer = await rig.modern({ method: 'tools/list' }, { headers })
    expect(answer.status).toBe(200)
    const [received] = upstream.received
    expect(received?.headers.has('dpop')).toBe(false)
    expect(received?.headers.has('authorization')).toBe(false)
    const all = JSON.stringify([...(received?.headers ?? []), received?.text])
    expect(all).not.toContain(dpop)
    expect(all).not.toContain(token)
  })
})

describe('DP: guards by themselves', () => {
  it('DP-07 a guard that is told nothing checks replays all the same', async () => {
    const { issuer, client, bound } = await dpopRig()
    const keys = { jwks: async () => ({ keys: [issuer.publicJwk] }) }
    const platform = fakePlatform(NOW * 1000)
    const guard = createGuard({ issuer: ISSUER, resource: RESOURCE, keys, platform })
    const proof = await client.proof(bound)
    const check = () =>
      guard.check({
        method: 'GET',
        url: RESOURCE,
        headers: new Headers({ authorization: `DPoP ${bound}`, dpop: proof }),
      })
    expect(await check()).toMatchObject({ proof: { binding: 'dpop' } })
    expect(await check()).toMatchObject({ status: 401 })
  })
})

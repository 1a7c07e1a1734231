/**
 * Properties of what reads tokens, keys and scopes: FZ-05, FZ-06 and FZ-13.
 *
 * More of FZ-05 is in `attacks-guard.test.ts`, for one way of verifying.
 */

import fc from 'fast-check'
import { base64url, calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createGuard, type JwtOptions, jwt } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, goodClaims, ISSUER, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'

const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'Ed25519']
const signers = await Promise.all(algorithms.map((alg) => createIssuer('key-1', alg)))

/** Makes something on a platform without Node's own cryptography. */
function withoutNode<T>(make: () => T): T {
  const real = process.getBuiltinModule.bind(process)
  const asked = vi
    .spyOn(process, 'getBuiltinModule')
    .mockImplementation((name: string) =>
      name === 'node:crypto' ? undefined : Reflect.apply(real, process, [name]),
    )
  try {
    return make()
  } finally {
    asked.mockRestore()
  }
}

/** Every way of verifying, with the guard that does it. */
const guards = (options: JwtOptions) => ({
  native: guardOf(options),
  web: withoutNode(() => guardOf(options)),
  uncached: guardOf({ ...options, cache: false }),
})

type Check = (token: string) => Promise<number>

function guardOf(options: JwtOptions): Check {
  const platform = fakePlatform(NOW * 1000)
  const guard = createGuard({ resource: RESOURCE, accept: [jwt(options)], platform })
  return async (token: string) => {
    const outcome = await guard.check(requestWith(`Bearer ${token}`))
    return outcome instanceof Response ? outcome.status : 200
  }
}

describe('FZ-05 tokens', () => {
  it.each(algorithms.map((alg, at) => [alg, at] as const))(
    '%s: any byte changed makes a token worthless, known before or not',
    async (alg, at) => {
      const signer = signers[at]
      if (signer === undefined) throw new Error('no signer')
      const checks = guards({ issuer: ISSUER, keys: { jwk: signer.publicJwk }, algorithms: [alg] })
      const token = await signer.token({ cid: 'c', roles: ['editor'] })
      for (const check of Object.values(checks)) {
        for (let time = 0; time < 3; time++) expect(await check(token)).toBe(200)
      }
      const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0189-_.=+/~ \u00e9')
      const change = fc.record({ at: fc.nat(token.length), character, deleted: fc.nat(2) })
      await fc.assert(
        fc.asyncProperty(change, async ({ at: place, character: inserted, deleted }) => {
          const changed = token.slice(0, place) + inserted + token.slice(place + deleted)
          fc.pre(changed !== token && changed.trim() === changed)
          const outcomes = await Promise.all(Object.values(checks).map((check) => check(changed)))
          expect(new Set(outcomes).size).toBe(1)
          expect([400, 401]).toContain(outcomes[0])
        }),
        { numRuns: 150 },
      )
    },
  )

  it('both ways of verifying let in the same tokens, and jose lets those in too', async () => {
    const [, , signer] = signers
    if (signer === undefined) throw new Error('no signer')
    const checks = guards({ issuer: ISSUER, keys: { jwk: signer.publicJwk } })
    const key = await importJWK(signer.publicJwk, 'ES256')
    const odd = fc.constantFrom<unknown>(undefined, null, '', 0, [], {}, 'x', NOW, NOW + 900, -1)
    const mostly = (good: unknown) => fc.oneof({ weight: 8, arbitrary: fc.constant(good) }, odd)
    const claims = fc.record(
      Object.fromEntries(Object.entries(goodClaims).map(([name, good]) => [name, mostly(good)])),
    )
    const header = fc.record({
      alg: mostly('ES256'),
      kid: mostly('key-1'),
      typ: mostly('at+jwt'),
      crit: mostly(undefined),
    })
    const outcomes = new Set<number>()
    await fc.assert(
      fc.asyncProperty(header, claims, async (said, payload) => {
        const token = await signer.signBytes(JSON.stringify(said), JSON.stringify(payload))
        const answers = await Promise.all(Object.values(checks).map((check) => check(token)))
        expect(new Set(answers).size).toBe(1)
        for (const answer of answers) outcomes.add(answer)
        if (answers[0] === 200) await compactVerify(token, key, { algorithms: ['ES256'] })
      }),
      { numRuns: 200 },
    )
    expect(outcomes).toEqual(new Set([200, 401]))
  })

  it('whatever is sent, the answer is 400 or 401, and comes soon', async () => {
    const [signer] = signers
    const checks = guards({
      ...{ issuer: ISSUER, keys: { jwk: signer?.publicJwk ?? {} }, algorithms: ['RS256'] },
    })
    const part = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
      fc.json().map((text) => base64url.encode(text)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => base64url.encode(bytes)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
        const token = parts.join('.').replace(/[^\x21-\x7e]/g, '~')
        for (const check of Object.values(checks)) expect([400, 401]).toContain(await check(token))
      }),
      { numRuns: 300 },
    )
  })
})

describe('FZ-06 keys', () => {
  /** A good key, and what is done to a member of it. */
  const change = fc.record({
    signer: fc.nat(signers.length - 1),
    member: fc.constantFrom(
      'kty',
      'crv',
      'x',
      'y',
      'n',
      'e',
      'alg',
      'use',
      'key_ops',
      'kid',
      'd',
      'k',
    ),
    value: fc.oneof(
      fc.constantFrom<unknown>(undefined, null, '', 'AQ', 'AQAB', 'Aw', 'P-256', 'P-384', 'enc'),
      fc.constantFrom<unknown>('EC', 'RSA', 'OKP', 'oct', 'sig', ['verify'], ['sign'], 1, {}, true),
      fc.uint8Array({ minLength: 1, maxLength: 66 }).map((bytes) => base64url.encode(bytes)),
      fc.base64String({ maxLength: 60 }),
    ),
  })

  /** Whether guards that are given a key let in what it signed, one for each way of verifying. */
  async function accepts(jwk: JWK, token: string): Promise<readonly boolean[]> {
    const make = () => guardOf({ issuer: ISSUER, keys: { jwks: { keys: [jwk] } }, algorithms })
    const attempt = async (way: (make: () => Check) => Check) => {
      try {
        return (await way(make)(token)) === 200
      } catch (error) {
        // No guard is made of a key that is none.
        expect(String(error)).toContain('keys.jwks: ')
        return false
      }
    }
    return [await attempt((build) => build()), await attempt(withoutNode)]
  }

  it('a changed key is refused by both ways of verifying, or is the same key', async () => {
    let kept = 0
    await fc.assert(
      fc.asyncProperty(change, async ({ signer: at, member, value }) => {
        const signer = signers[at]
        if (signer === undefined) throw new Error('no signer')
        const { [member]: _, ...others }: Record<string, unknown> = { ...signer.publicJwk }
        const jwk: JWK = { ...others, ...(value === undefined ? {} : { [member]: value }) }
        const outcomes = await accepts(jwk, await signer.token())
        expect(new Set(outcomes).size).toBe(1)
        if (outcomes[0] !== true) return
        kept += 1
        // RFC 7638: what makes up the key is what it was.
        const thumbprint = await calculateJwkThumbprint(signer.publicJwk)
        expect(await calculateJwkThumbprint(jwk)).toBe(thumbprint)
        expect(value === undefined || !['d', 'k'].includes(member)).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(kept).toBeGreaterThan(0)
  })

  it('a key with any private member verifies nothing, however it is told', async () => {
    const members = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
    await fc.assert(
      fc.asyncProperty(
        fc.nat(signers.length - 1),
        fc.constantFrom(...members),
        fc.anything(),
        async (at, member, value) => {
          const signer = signers[at]
          if (signer === undefined) throw new Error('no signer')
          const jwk = { ...signer.publicJwk, [member]: value }
          const token = await signer.token()
          expect(await accepts(jwk, token)).not.toContain(true)
          expect(() => guardOf({ issuer: ISSUER, keys: { jwk }, algorithms })).toThrow('keys.jwk')
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('FZ-13 scopes', () => {
  const name = fc.constantFrom('read', 'write', 'readwrite', 'read:all', 'READ', 'r', 'wri', '*')
  const names = fc.array(name, { maxLength: 6 })

  it('an operation is allowed exactly if all its scopes are among those of the token', async () => {
    const [, , signer] = signers
    if (signer === undefined) throw new Error('no signer')
    const platform = fakePlatform(NOW * 1000)
    const keys = { jwk: signer.publicJwk }
    const guard = createGuard({ issuer: ISSUER, resource: RESOURCE, keys, platform })
    const other = createGuard({
      ...{ resource: RESOURCE, platform },
      accept: [jwt({ issuer: ISSUER, keys, profile: 'jwt' })],
    })
    await fc.assert(
      fc.asyncProperty(names, names, fc.boolean(), async (granted, needed, isList) => {
        fc.pre(needed.length > 0)
        const expected = needed.every((scope) => granted.includes(scope)) ? 200 : 403
        const scope = granted.length === 0 ? undefined : granted.join(' ')
        const tokens: [typeof guard, string][] = [
          [guard, await signer.token({ scope })],
          [other, await signer.token({ scope: undefined, scp: isList ? granted : scope })],
        ]
        for (const [each, token] of tokens) {
          const outcome = await each.check(requestWith(`Bearer ${token}`), { scopes: needed })
          expect(outcome instanceof Response ? outcome.status : 200).toBe(expected)
        }
      }),
      { numRuns: 150 },
    )
  })
})

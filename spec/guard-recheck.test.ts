/** `guard.recheck`: whether whoever was let in a while ago, and is still there, may stay. */

import { describe, expect, it } from 'vitest'
import {
  type CredentialKind,
  createGuard,
  type GuardOptions,
  type Identity,
  type OAuth1Consumer,
  type OAuth1Token,
  type Principal,
} from 'warder/guard'
import { basic } from 'warder/guard/credentials'
import { fakePlatform } from 'warder/testing'
import { dpopRig } from './fixtures/dpop.ts'
import { guarded, lastReason, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import {
  consumer,
  guardedBySignatures,
  signedRequest,
  token as signedToken,
} from './fixtures/signed-requests.ts'
import { stubGuard } from './fixtures/stub-kind.ts'

/** Who was let in, or an error. */
function letIn(outcome: Principal | Response): Principal {
  if (outcome instanceof Response) throw new Error(`Refused with ${outcome.status}.`)
  return outcome
}

const statusOf = (outcome: Principal | Response) =>
  outcome instanceof Response ? outcome.status : 200

/** A guard whose one credential stands for whom the test says, now. */
function changing(options: Partial<Omit<GuardOptions, 'issuer'>> = {}) {
  const state: { identity: Identity | undefined; asked: number } = {
    asked: 0,
    identity: {
      ...{ subject: 'alice', clientId: 'web', issuer: 'https://as.test', credentialId: '1' },
      ...{ scopes: ['notes:read', 'notes:write'], roles: [], claims: {} },
    },
  }
  const kind: CredentialKind = {
    name: 'changing',
    create: () => ({
      scheme: 'Bearer',
      verify() {
        state.asked += 1
        return state.identity
      },
    }),
  }
  return { state, ...stubGuard({}, { ...options, accept: [kind] }) }
}

describe('A guard judges a request that is held open again', () => {
  it('the same caller, by the same authorization, again and again', async () => {
    const { guard, issuer } = await guarded()
    const first = letIn(await guard.check(requestWith(`Bearer ${await issuer.token()}`)))
    let last = first
    for (let time = 0; time < 3; time++) last = letIn(await guard.recheck(last))
    expect(last).toEqual(first)
    expect(await guard.authorize(last, { scopes: ['notes:read'] })).toBeUndefined()
  })

  it('what is logged of it belongs to the request, whatever names its authorization', async () => {
    const { guard, state, events } = changing()
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    expect(letIn(await guard.recheck(principal)).correlationId).toBe(principal.correlationId)
    state.identity = undefined
    await guard.recheck(principal)
    expect(events).toMatchObject([
      { type: 'guard.refused', correlationId: principal.correlationId, error: 'invalid_token' },
    ])
  })

  it('a token whose time is over is refused with a challenge', async () => {
    const { guard, issuer, platform } = await guarded()
    const principal = letIn(await guard.check(requestWith(`Bearer ${await issuer.token()}`)))
    platform.advance(929_000)
    expect(statusOf(await guard.recheck(principal))).toBe(200)
    platform.advance(1_000)
    const refused = await guard.recheck(principal)
    expect(statusOf(refused)).toBe(401)
    if (refused instanceof Response) {
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
    }
  })

  it('a token that was revoked is refused, and one of which nobody knows', async () => {
    let isRevoked: boolean | undefined = false
    const { guard, issuer } = await guarded({
      isRevoked: () => {
        if (isRevoked === undefined) throw new Error('away')
        return isRevoked
      },
    })
    const principal = letIn(await guard.check(requestWith(`Bearer ${await issuer.token()}`)))
    expect(statusOf(await guard.recheck(principal))).toBe(200)
    isRevoked = undefined
    expect(statusOf(await guard.recheck(principal))).toBe(503)
    isRevoked = true
    expect(statusOf(await guard.recheck(principal))).toBe(401)
  })

  it('a proof that is good once is not asked for again, and does nothing else', async () => {
    const { guard, requestOf, platform, events } = await dpopRig()
    const request = await requestOf({})
    const principal = letIn(await guard.check(request))
    for (let time = 0; time < 3; time++) {
      // Beyond the age of any proof.
      platform.advance(200_000)
      const again = letIn(await guard.recheck(principal))
      expect(again.proof.binding).toBe('dpop')
    }
    expect(events).toEqual([])
    expect(statusOf(await guard.check(request))).toBe(401)
    platform.advance(330_000)
    const refused = await guard.recheck(principal)
    expect(statusOf(refused)).toBe(401)
    expect(lastReason(events)).toContain('exp')
    if (refused instanceof Response) {
      expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP /)
    }
  })

  it('a nonce for the next proof is told with the answer to the request, not again', async () => {
    const { guard, send, requestOf, platform } = await dpopRig({ dpop: { nonces: {} } })
    const nonce = (await send()).nonce ?? ''
    platform.advance(200_000)
    const claims = { nonce, iat: NOW + 200 }
    const principal = letIn(await guard.check(await requestOf({ claims })))
    expect(Object.keys(guard.headers(principal))).toEqual(['dpop-nonce'])
    expect(guard.headers(letIn(await guard.recheck(principal)))).toEqual({})
  })

  it('no budget is charged', async () => {
    const rule = { perMinute: 1, burst: 2 }
    const limits = { source: { ...rule, by: () => 'all' }, client: rule, subject: rule }
    const { guard } = changing({ limits })
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    for (let time = 0; time < 10; time++) {
      expect(guard.headers(letIn(await guard.recheck(principal)))).toEqual({})
    }
    expect(statusOf(await guard.check(requestWith('Bearer x')))).toBe(200)
    expect(statusOf(await guard.check(requestWith('Bearer x')))).toBe(429)
    expect(statusOf(await guard.recheck(principal))).toBe(200)
  })

  it.each<[string, Partial<Identity>]>([
    ['another subject', { subject: 'bob' }],
    ['another client', { clientId: 'other' }],
    ['somebody of another issuer', { issuer: 'https://as2.test' }],
    ['the holder of a key', { confirmation: { jkt: 'x' } }],
  ])('a credential that stands for %s now is refused', async (_, change) => {
    const { guard, state } = changing()
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    if (state.identity !== undefined) state.identity = { ...state.identity, ...change }
    expect(statusOf(await guard.recheck(principal))).toBe(401)
  })

  it('a credential that nobody takes any more is refused', async () => {
    const { guard, state } = changing()
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    state.identity = undefined
    expect(statusOf(await guard.recheck(principal))).toBe(401)
  })

  it('a rule is judged by what the credential lets them do now', async () => {
    const { guard, state } = changing()
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    const rule = { scopes: ['notes:write'] }
    expect(statusOf(await guard.recheck(principal, rule))).toBe(200)
    if (state.identity !== undefined) {
      state.identity = { ...state.identity, scopes: ['notes:read'] }
    }
    expect(statusOf(await guard.recheck(principal, rule))).toBe(403)
    expect([...letIn(await guard.recheck(principal)).scopes]).toEqual(['notes:read'])
  })

  it('nobody is let in who was not let in by this guard', async () => {
    const [{ guard, state }, other] = [changing(), changing()]
    const principal = letIn(await other.guard.check(requestWith('Bearer x')))
    for (const stranger of [principal, { ...letIn(await guard.check(requestWith('Bearer x'))) }]) {
      const asked = state.asked
      expect(statusOf(await guard.recheck(stranger))).toBe(500)
      expect(state.asked).toBe(asked)
    }
  })

  it('a kind that fails lets nobody stay', async () => {
    const { guard, state, events } = changing()
    const principal = letIn(await guard.check(requestWith('Bearer x')))
    Object.defineProperty(state, 'identity', {
      get: () => {
        throw new Error('broken')
      },
    })
    expect(statusOf(await guard.recheck(principal))).toBe(500)
    expect(events.at(-1)?.type).toBe('request.failed')
  })

  it('a signed request is not sent twice, and its consumer may lose what it had', async () => {
    const good: { consumer: OAuth1Consumer; token: OAuth1Token } = {
      consumer: { secret: consumer.secret, methods: ['HMAC-SHA1'] },
      token: { consumerKey: consumer.key, secret: signedToken.secret, subject: 'alice' },
    }
    let now: { readonly consumer?: OAuth1Consumer; readonly token?: OAuth1Token } = good
    const { guard, platform } = guardedBySignatures({
      consumer: () => now.consumer,
      token: () => now.token,
    })
    const request = await signedRequest()
    const principal = letIn(await guard.check(request))
    expect(statusOf(await guard.check(request))).toBe(401)
    // Beyond the window of timestamps.
    platform.advance(400_000)
    const lost = [
      { ...good, token: { ...good.token, secret: 'another secret' } },
      { ...good, token: { ...good.token, expiresAt: platform.now() } },
      { ...good, token: { ...good.token, subject: 'bob' } },
      { consumer: good.consumer },
      { token: good.token },
    ]
    for (const parties of lost) {
      now = parties
      expect(statusOf(await guard.recheck(principal)), JSON.stringify(parties)).toBe(401)
      now = good
      expect(statusOf(await guard.recheck(principal))).toBe(200)
    }
  })

  it('an account that is disabled may not stay', async () => {
    let isThere = true
    const platform = fakePlatform(NOW * 1000)
    const accept = [
      basic({
        verify: () => (isThere ? { subject: 'alice', isCurrent: () => isThere } : undefined),
      }),
    ]
    const guard = createGuard({ resource: RESOURCE, accept, platform })
    const principal = letIn(await guard.check(requestWith(`Basic ${btoa('alice:secret')}`)))
    expect(statusOf(await guard.recheck(principal))).toBe(200)
    isThere = false
    expect(statusOf(await guard.recheck(principal))).toBe(401)
  })
})

import { describe, expect, it } from 'vitest'
import { all, type Freshness, freshness, type Identity, roles, scopes } from 'warder/guard'
import { parseChallenges } from 'warder/protocol'
import { NOW, requestWith } from './fixtures/issuer.ts'
import { stubGuard } from './fixtures/stub-kind.ts'

const METADATA = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'

/** What somebody is answered who signed in so long ago, in seconds, and in such a way. */
async function signedIn(
  needs: Freshness,
  { ago, acr }: { readonly ago?: number; readonly acr?: string } = {},
) {
  const identity: Partial<Identity> = {
    ...(ago === undefined ? {} : { authTime: (NOW - ago) * 1000 }),
    ...(acr === undefined ? {} : { acr }),
  }
  const { guard, events } = stubGuard(identity)
  const outcome = await guard.check(requestWith('Bearer x'), freshness(needs))
  if (!(outcome instanceof Response)) return { status: 200, events, challenge: undefined }
  const [challenge] = parseChallenges(outcome.headers.get('www-authenticate') ?? '')
  return { status: outcome.status, events, challenge }
}

describe('RFC 9470 OAuth 2.0 step up authentication challenge', () => {
  it('§3 a sign-in that is too old is answered 401 insufficient_user_authentication, with max_age', async () => {
    const { status, challenge } = await signedIn({ maxAge: 300 }, { ago: 301 })
    expect(status).toBe(401)
    expect(challenge).toEqual({
      scheme: 'Bearer',
      parameters: {
        error: 'insufficient_user_authentication',
        error_description: 'This needs a sign-in that is more recent or stronger. Sign in again.',
        resource_metadata: METADATA,
        max_age: '300',
      },
    })
  })

  it('§3 max_age counts whole seconds, to the last', async () => {
    for (const ago of [0, 1, 299, 300]) {
      expect((await signedIn({ maxAge: 300 }, { ago })).status, `${ago}`).toBe(200)
    }
    for (const ago of [300.001, 86_400]) {
      expect((await signedIn({ maxAge: 300 }, { ago })).status, `${ago}`).toBe(401)
    }
  })

  it('§3 a sign-in of the wrong class is answered with acr_values, the preferred first', async () => {
    const needs = { acr: ['urn:example:gold', 'urn:example:silver'] }
    for (const acr of ['urn:example:bronze', 'urn:example:GOLD', 'urn:example:gold silver']) {
      const { status, challenge } = await signedIn(needs, { acr })
      expect(status, acr).toBe(401)
      expect(challenge?.parameters.acr_values).toBe('urn:example:gold urn:example:silver')
      expect(challenge?.parameters).not.toHaveProperty('max_age')
    }
    for (const acr of needs.acr) expect((await signedIn(needs, { acr })).status, acr).toBe(200)
    expect((await signedIn({ acr: 'a' }, { acr: 'a' })).status).toBe(200)
  })

  it('§3 both may be asked, and the challenge names both, whichever is missing', async () => {
    const needs = { maxAge: 60, acr: 'gold' }
    for (const sign of [{ ago: 61, acr: 'gold' }, { ago: 1, acr: 'silver' }, { ago: 61 }, {}]) {
      const { status, challenge } = await signedIn(needs, sign)
      expect(status).toBe(401)
      expect(challenge?.parameters).toMatchObject({ max_age: '60', acr_values: 'gold' })
    }
    expect((await signedIn(needs, { ago: 59, acr: 'gold' })).status).toBe(200)
  })

  it('§5 a credential that does not say when or how the user signed in meets nothing', async () => {
    expect((await signedIn({ maxAge: 300 })).status).toBe(401)
    expect((await signedIn({ acr: 'gold' })).status).toBe(401)
    expect((await signedIn({ acr: 'undefined' })).status).toBe(401)
  })

  it('§5 nor does a sign-in that is still to come, beyond what clocks may differ', async () => {
    expect((await signedIn({ maxAge: 300 }, { ago: -30 })).status).toBe(200)
    expect((await signedIn({ maxAge: 300 }, { ago: -31 })).status).toBe(401)
    expect((await signedIn({ maxAge: 300 }, { ago: Number.NaN })).status).toBe(401)
  })

  it('§3 who signs in again after the challenge is let in', async () => {
    const { challenge } = await signedIn({ maxAge: 300, acr: ['gold'] }, { ago: 4000 })
    const { max_age, acr_values } = challenge?.parameters ?? {}
    const again = { ago: Number(max_age) - 1, acr: acr_values?.split(' ')[0] ?? '' }
    expect((await signedIn({ maxAge: 300, acr: ['gold'] }, again)).status).toBe(200)
  })

  it('§3 goes together with other rules: each has its own answer, in their order', async () => {
    const rule = all(scopes('notes:write'), freshness({ maxAge: 300 }), roles('editor'))
    const answer = async (identity: Partial<Identity>) => {
      const outcome = await stubGuard(identity).guard.check(requestWith('Bearer x'), rule)
      return outcome instanceof Response ? outcome.status : 200
    }
    const authTime = NOW * 1000
    const granted = ['notes:write']
    expect(await answer({})).toBe(403)
    expect(await answer({ scopes: granted })).toBe(401)
    expect(await answer({ scopes: granted, authTime })).toBe(403)
    expect(await answer({ scopes: granted, authTime, roles: ['editor'] })).toBe(200)
  })

  it('the operator learns how long ago the user signed in', async () => {
    const { events } = await signedIn({ maxAge: 300 }, { ago: 301 })
    expect(events).toMatchObject([
      { type: 'guard.refused', rule: 'sign-in.needed/1', age: 301, limit: 300 },
    ])
  })

  it('what no sign-in could meet cannot be asked, nor nothing at all', () => {
    for (const maxAge of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '300']) {
      const needs = JSON.parse(JSON.stringify({ maxAge }))
      expect(() => freshness({ ...needs, acr: 'a' }), `${maxAge}`).toThrow('freshness.maxAge: ')
    }
    for (const acr of ['', 'a b', 'a"b', 'é', [], ['a', '']]) {
      expect(() => freshness({ acr, maxAge: 1 }), `${acr}`).toThrow('freshness.acr: ')
    }
    expect(() => freshness({})).toThrow('freshness.acr: ')
  })
})

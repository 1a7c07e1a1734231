/**
 * Access tokens of issuers that have a form of their own, as those issuers document them: which options
 * let them in, and what still does not get in with those.
 */

import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createGuard, jwt, type OtherJwtOptions } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'

type Claims = Readonly<Record<string, unknown>>

const times = { iat: NOW, exp: NOW + 3_600 }
const signer = await createIssuer('key-1', 'RS256')

/** What a guard with these options makes of a token. */
async function outcomeOf(options: Omit<OtherJwtOptions, 'keys' | 'profile'>, claims: Claims) {
  const keys = { jwks: { keys: [signer.publicJwk] } }
  const kind = jwt({ algorithms: ['RS256'], ...options, keys, profile: 'jwt' })
  const platform = fakePlatform(NOW * 1000)
  const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
  const defaults = { iss: undefined, aud: undefined, sub: undefined, client_id: undefined }
  const absent = { ...defaults, scope: undefined, jti: undefined }
  const token = await signer.token({ ...absent, ...claims }, { typ: undefined })
  const outcome = await guard.check(requestWith(`Bearer ${token}`))
  return outcome instanceof Response ? outcome.status : outcome
}

interface Example {
  readonly options: Omit<OtherJwtOptions, 'keys' | 'profile'>
  readonly token: Claims
  /** What the principal says of it. */
  readonly says: object
  /** Tokens of the same issuer, with the same key, that are no access tokens for us. */
  readonly others: readonly Claims[]
}

const auth0 = 'https://tenant.eu.auth0.com/'
const keycloak = 'https://keycloak.test/realms/main'
const entra = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0'
const cognito = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example'
const okta = 'https://tenant.okta.com/oauth2/default'

const examples: Readonly<Record<string, Example>> = {
  Auth0: {
    options: { issuer: auth0, claims: { roles: 'https://mcp.test/roles' } },
    token: {
      ...{ iss: auth0, sub: 'auth0|alice', aud: [RESOURCE, `${auth0}userinfo`], ...times },
      ...{ azp: 'spa', scope: 'openid notes:read', 'https://mcp.test/roles': ['editor'] },
    },
    says: {
      ...{ subject: 'auth0|alice', clientId: 'spa', issuer: auth0, roles: ['editor'] },
      scopes: new Set(['openid', 'notes:read']),
    },
    others: [
      { iss: auth0, sub: 'auth0|alice', aud: 'spa', nonce: 'n', ...times },
      { iss: auth0, sub: 'auth0|alice', aud: RESOURCE, azp: 'spa', at_hash: 'x', ...times },
    ],
  },
  Keycloak: {
    options: {
      ...{ issuer: keycloak, required: { typ: 'Bearer' } },
      claims: { roles: ['realm_access', 'roles'] },
    },
    token: {
      ...{ iss: keycloak, sub: 'f:1:alice', aud: [RESOURCE, 'account'], typ: 'Bearer', ...times },
      ...{ azp: 'web', jti: 'onrtac:1', scope: 'profile notes:read', sid: 'session' },
      ...{ realm_access: { roles: ['editor', 'viewer'] } },
    },
    says: {
      ...{ subject: 'f:1:alice', clientId: 'web', credentialId: 'onrtac:1' },
      roles: ['editor', 'viewer'],
    },
    others: ['ID', 'Refresh', 'Offline', 'Logout', undefined].map((typ) => ({
      ...{ iss: keycloak, sub: 'f:1:alice', aud: RESOURCE, azp: 'web', typ, jti: '1', ...times },
    })),
  },
  'Microsoft Entra': {
    options: {
      ...{ issuer: entra, audience: 'api://mcp', required: { ver: '2.0' } },
      claims: { subject: 'oid', tokenId: 'uti' },
    },
    token: {
      ...{ iss: entra, sub: 'pairwise', oid: 'object-1', aud: 'api://mcp', ver: '2.0', ...times },
      ...{ azp: 'app-1', azpacr: '1', scp: 'notes.read notes.write', uti: 'token-7', roles: ['A'] },
    },
    says: {
      ...{ subject: 'object-1', clientId: 'app-1', credentialId: 'token-7', roles: ['A'] },
      scopes: new Set(['notes.read', 'notes.write']),
    },
    others: [
      { iss: entra, oid: 'object-1', aud: RESOURCE, ver: '2.0', azp: 'app-1', ...times },
      { iss: entra, oid: 'object-1', aud: 'api://mcp', ver: '1.0', appid: 'app-1', ...times },
    ],
  },
  'Amazon Cognito': {
    options: {
      ...{ issuer: cognito, audience: 'client-1', required: { token_use: 'access' } },
      claims: { audience: 'client_id', roles: 'cognito:groups' },
    },
    token: {
      ...{ iss: cognito, sub: 'user-1', client_id: 'client-1', token_use: 'access', ...times },
      ...{ scope: 'notes/read', jti: 'j', 'cognito:groups': ['Admins'], auth_time: NOW - 60 },
    },
    says: {
      ...{ subject: 'user-1', clientId: 'client-1', roles: ['Admins'] },
      scopes: new Set(['notes/read']),
      proof: { kind: 'jwt', keyId: 'key-1', authTime: (NOW - 60) * 1000 },
    },
    others: [
      { iss: cognito, sub: 'user-1', aud: 'client-1', token_use: 'id', ...times },
      { iss: cognito, sub: 'user-1', client_id: 'other', token_use: 'access', ...times },
    ],
  },
  Okta: {
    options: { issuer: okta, claims: { client: 'cid' } },
    token: {
      ...{ iss: okta, sub: 'alice@test', uid: '00u1', aud: RESOURCE, cid: 'app', ...times },
      ...{ scp: ['openid', 'notes:read'], jti: 'AT.1', ver: 1 },
    },
    says: {
      ...{ subject: 'alice@test', clientId: 'app', credentialId: 'AT.1' },
      scopes: new Set(['openid', 'notes:read']),
    },
    others: [{ iss: okta, sub: 'alice@test', aud: 'app', amr: ['pwd'], ...times }],
  },
}

describe.each(Object.entries(examples))('Access tokens of %s', (_, example) => {
  const { options, token, says, others } = example

  it('are let in by their options', async () => {
    expect(await outcomeOf(options, token)).toMatchObject(says)
  })

  it('are told from the other tokens of the issuer', async () => {
    for (const other of others) expect(await outcomeOf(options, other)).toBe(401)
  })

  it('are refused where their form was not asked for', async () => {
    const keys = { jwks: { keys: [signer.publicJwk] } }
    const { issuer } = options
    const kind = jwt({
      issuer,
      keys,
      algorithms: ['RS256'],
      audience: options.audience ?? RESOURCE,
    })
    const platform = fakePlatform(NOW * 1000)
    const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
    for (const typ of [undefined, 'JWT', 'at+jwt']) {
      const outcome = await guard.check(
        requestWith(`Bearer ${await signer.token({ client_id: undefined, ...token }, { typ })}`),
      )
      expect(outcome instanceof Response ? outcome.status : 200).toBe(401)
    }
  })
})

describe('Tokens of another form', () => {
  const options = { issuer: 'https://other.test' }
  const good = { iss: options.issuer, sub: 'alice', aud: RESOURCE, azp: 'web', ...times }

  it('are named by their digest where they name themselves by nothing', async () => {
    const one = await outcomeOf(options, good)
    const two = await outcomeOf(options, { ...good, sub: 'bob' })
    expect(one).toMatchObject({ credentialId: expect.stringMatching(/^[\w-]{22}$/) })
    expect(two).not.toMatchObject({ credentialId: Object(one).credentialId })
    expect(await outcomeOf(options, { ...good, jti: 'own' })).toMatchObject({ credentialId: 'own' })
  })

  it.each([
    ['sub', [undefined, '', 1, 'a\nb']],
    ['azp', [undefined, '', ['web'], 'a\u0000']],
    ['aud', [undefined, `${RESOURCE}/`, [RESOURCE, 1], {}]],
    ['iat', [undefined, 'now', NOW + 31]],
    ['exp', [undefined, '9999999999', NOW - 31]],
    ['nbf', [NOW + 31, 'now']],
    ['scope', [1, {}, 'a  b', 'é', ['a b'], ['a', 1], ['']]],
    ['roles', [1, {}, [1], [''], 'a\nb']],
    ['jti', ['', 1, 'a\nb']],
    ['cnf', ['jkt', 1, null]],
    ['events', [{}]],
  ])('are refused with an odd %s', async (claim, values) => {
    expect(await outcomeOf(options, good)).toMatchObject({ subject: 'alice', clientId: 'web' })
    for (const value of values) {
      expect(await outcomeOf(options, { ...good, [claim]: value }), JSON.stringify(value)).toBe(401)
    }
  })

  it.each([
    [{ scope: 'a b' }, ['a', 'b']],
    [{ scp: 'a b' }, ['a', 'b']],
    [{ scp: ['a', 'b', 'a'] }, ['a', 'b']],
    [{ scope: 'a', scp: ['b'] }, ['a']],
    [{}, []],
  ])('have the scopes of %j', async (said, scopes) => {
    expect(await outcomeOf(options, { ...good, ...said })).toMatchObject({
      scopes: new Set(scopes),
    })
  })

  it('have one role where the claim is a text', async () => {
    const told = { ...options, claims: { roles: 'role' } }
    expect(await outcomeOf(told, { ...good, role: 'admin' })).toMatchObject({ roles: ['admin'] })
  })

  it('say nothing at a place that is not theirs', async () => {
    const places: [string, ...string[]][] = [
      ['constructor', 'name'],
      ['realm', 'roles'],
      ['__proto__'],
    ]
    for (const roles of places) {
      const told = { ...options, claims: { roles } }
      expect(await outcomeOf(told, { ...good, realm: 'text' })).toMatchObject({ roles: [] })
    }
  })

  it('are looked at where was said and nowhere else', async () => {
    const told = { ...options, claims: { client: 'app' } }
    expect(await outcomeOf(told, { ...good, client_id: 'web' })).toBe(401)
    expect(await outcomeOf(told, { ...good, app: 'mine' })).toMatchObject({ clientId: 'mine' })
  })

  it.each([{ nobody: 'x' }, { roles: [] }, { roles: [1] }, { roles: /x/ }, { roles: '' }])(
    'cannot say anything at %j',
    async (claims) => {
      const told = { ...options, claims }
      await expect(Reflect.apply(outcomeOf, undefined, [told, good])).rejects.toThrow('claims.')
    },
  )

  it('of an issuer that is a name and no address, which shares a secret', async () => {
    const secret = 'thirty-two bytes of text or more'
    const keys = { secret }
    const kind = jwt({ issuer: 'my-app', keys, profile: 'jwt', claims: { client: 'sub' } })
    const platform = fakePlatform(NOW * 1000)
    const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
    const token = await new SignJWT({ iss: 'my-app', aud: RESOURCE, sub: 'alice', ...times })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret))
    expect(await guard.check(requestWith(`Bearer ${token}`))).toMatchObject({ subject: 'alice' })
    const url = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'
    expect(guard.metadata(new Request(url))).toBeUndefined()
    expect(() => jwt({ issuer: 'my-app' })).toThrow('issuer: ')
    expect(() => jwt({ issuer: 'my-app', keys: { jwksUri: 'https://a.test' } })).toThrow('issuer: ')
  })
})

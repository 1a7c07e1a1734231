/** Providers with quirks of their own: what is sent to them, and what is made of the answers they document. */

import { describe, expect, it } from 'vitest'
import {
  atlassian,
  auth0,
  clientSecret,
  entra,
  github,
  gitlab,
  google,
  keycloak,
  linear,
  notion,
  okta,
  type Profile,
  slack,
} from 'warder/client'
import {
  callback,
  clientWorld,
  type Document,
  json,
  metadataOf,
  parametersOf,
} from './support/client-world.ts'

const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Where the metadata of each is that publishes some, and what of it matters here. */
const published: Readonly<Record<string, readonly [url: string, metadata: Document]>> = {
  Google: [
    'https://accounts.google.com/.well-known/openid-configuration',
    metadataOf('https://accounts.google.com', {
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code',
      revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
      userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
      code_challenge_methods_supported: ['plain', 'S256'],
      registration_endpoint: undefined,
    }),
  ],
  'Microsoft Entra': [
    `https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration`,
    metadataOf(`https://login.microsoftonline.com/${TENANT}/v2.0`, {
      authorization_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/authorize`,
      token_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
      revocation_endpoint: undefined,
      registration_endpoint: undefined,
      code_challenge_methods_supported: undefined,
      authorization_response_iss_parameter_supported: undefined,
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    }),
  ],
  Auth0: [
    'https://acme.eu.auth0.com/.well-known/oauth-authorization-server',
    metadataOf('https://acme.eu.auth0.com/', {
      authorization_endpoint: 'https://acme.eu.auth0.com/authorize',
      token_endpoint: 'https://acme.eu.auth0.com/oauth/token',
      revocation_endpoint: 'https://acme.eu.auth0.com/oauth/revoke',
      registration_endpoint: 'https://acme.eu.auth0.com/oidc/register',
      jwks_uri: 'https://acme.eu.auth0.com/.well-known/jwks.json',
    }),
  ],
  Okta: [
    'https://acme.okta.com/.well-known/oauth-authorization-server/oauth2/default',
    metadataOf('https://acme.okta.com/oauth2/default', {
      token_endpoint: 'https://acme.okta.com/oauth2/default/v1/token',
    }),
  ],
  Keycloak: [
    'https://id.example.com/realms/acme/.well-known/openid-configuration',
    metadataOf('https://id.example.com/realms/acme', {
      token_endpoint: 'https://id.example.com/realms/acme/protocol/openid-connect/token',
    }),
  ],
  GitLab: [
    'https://gitlab.com/.well-known/oauth-authorization-server',
    metadataOf('https://gitlab.com', { token_endpoint: 'https://gitlab.com/oauth/token' }),
  ],
}

interface Case {
  readonly profile: Profile
  readonly token: string
  readonly answer: Document
  /** Parameters of the authorization request besides ours. */
  readonly asks?: Document
  readonly scope?: string
  readonly granted: readonly string[]
}

const TOKENS = { access_token: 'a-token', token_type: 'Bearer', expires_in: 3599 }

const cases: readonly Case[] = [
  {
    profile: github,
    token: 'https://github.com/login/oauth/access_token',
    answer: { access_token: 'gho_x', scope: 'one,two', token_type: 'bearer' },
    granted: ['one', 'two'],
  },
  {
    profile: google,
    token: 'https://oauth2.googleapis.com/token',
    answer: { ...TOKENS, scope: 'one two', refresh_token: '1//x' },
    asks: { access_type: 'offline', prompt: 'consent' },
    granted: ['one', 'two'],
  },
  {
    profile: entra({ tenantId: TENANT }),
    token: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    answer: { ...TOKENS, scope: 'one two', ext_expires_in: 3599 },
    scope: 'one two offline_access',
    granted: ['one', 'two'],
  },
  {
    profile: auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.acme.test' }),
    token: 'https://acme.eu.auth0.com/oauth/token',
    answer: { ...TOKENS, scope: 'one two', expires_in: 86_400 },
    asks: { audience: 'https://api.acme.test' },
    granted: ['one', 'two'],
  },
  {
    profile: okta({ domain: 'acme.okta.com' }),
    token: 'https://acme.okta.com/oauth2/default/v1/token',
    answer: { ...TOKENS, scope: 'one two' },
    granted: ['one', 'two'],
  },
  {
    profile: keycloak({ base: 'https://id.example.com/', realm: 'acme' }),
    token: 'https://id.example.com/realms/acme/protocol/openid-connect/token',
    answer: { ...TOKENS, refresh_expires_in: 1800, 'not-before-policy': 0, scope: 'one two' },
    granted: ['one', 'two'],
  },
  {
    profile: gitlab(),
    token: 'https://gitlab.com/oauth/token',
    answer: { ...TOKENS, expires_in: 7200, scope: 'one two', created_at: 1_607_635_748 },
    granted: ['one', 'two'],
  },
  {
    profile: slack,
    token: 'https://slack.com/api/oauth.v2.access',
    answer: {
      ok: true,
      access_token: 'xoxb-1',
      token_type: 'bot',
      scope: 'one,two',
      team: { id: 'T1' },
      authed_user: { id: 'U1', scope: 'chat:write', access_token: 'xoxp-1', token_type: 'user' },
    },
    scope: 'one,two',
    granted: ['one', 'two'],
  },
  {
    profile: atlassian,
    token: 'https://auth.atlassian.com/oauth/token',
    answer: { ...TOKENS, scope: 'one two' },
    asks: { audience: 'api.atlassian.com', prompt: 'consent' },
    scope: 'one two offline_access',
    granted: ['one', 'two'],
  },
  {
    profile: linear,
    token: 'https://api.linear.app/oauth/token',
    answer: { ...TOKENS, scope: ['one', 'two'] },
    scope: 'one,two',
    granted: ['one', 'two'],
  },
  {
    profile: notion,
    token: 'https://api.notion.com/v1/oauth/token',
    answer: { access_token: 'ntn_x', token_type: 'bearer', bot_id: 'b', workspace_name: 'W' },
    asks: { owner: 'user' },
    granted: ['one', 'two'],
  },
]

/** A sign-in at a provider that answers as it documents. */
async function signIn({ profile, token, answer }: Pick<Case, 'profile' | 'token' | 'answer'>) {
  const world = clientWorld()
  const [url, metadata] = published[profile.name] ?? []
  if (url !== undefined && metadata !== undefined) world.on(url, metadata)
  world.on(token, () => json(answer))
  const client = world.client({
    ...{ profile, clientAuth: clientSecret('a-secret'), scope: ['one', 'two'] },
    resource: 'https://resource.test/',
  })
  const begun = await client.begin()
  const iss = published[profile.name]?.[1].authorization_response_iss_parameter_supported
  const answered = callback(begun.pending, { iss: iss === true ? profile.issuer : undefined })
  const finish = () => client.finish(answered, begun.pending)
  return { world, begun, finish }
}

describe('Profiles of providers', () => {
  it.each(cases.map((one) => [one.profile.name, one] as const))(
    '%s: signs in with what it documents',
    async (_, one) => {
      const { world, begun, finish } = await signIn(one)
      const sent = parametersOf(begun.url)
      expect(sent).toMatchObject({ ...one.asks, code_challenge_method: 'S256', client_id: 'app' })
      expect(sent.scope).toBe(one.scope ?? 'one two')
      const { grant } = await finish()
      expect(grant).toMatchObject({ tokenType: 'Bearer', scopes: one.granted })
      const takesResource = one.profile.sendsResource !== false
      const resource = takesResource ? 'https://resource.test/' : undefined
      expect(sent.resource).toBe(resource)
      const [request] = world.to(one.token)
      expect(request?.form.get('resource') ?? undefined).toBe(resource)
    },
  )

  it('Notion: gets the token request as JSON, with Basic credentials', async () => {
    const [one] = cases.filter(({ profile }) => profile === notion)
    if (one === undefined) return expect.fail('no case')
    const { world, finish } = await signIn(one)
    await finish()
    const [request] = world.to(one.token)
    expect(request?.headers.get('content-type')).toBe('application/json')
    expect(request?.headers.get('authorization')).toBe(`Basic ${btoa('app:a-secret')}`)
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      grant_type: 'authorization_code',
      code: 'a-code',
    })
  })

  const slackToken = 'https://slack.com/api/oauth.v2.access'
  it('Slack: a token of a user alone is taken from where it is', async () => {
    const answer = { ok: true, authed_user: { id: 'U', access_token: 'xoxp', token_type: 'user' } }
    const { finish } = await signIn({ profile: slack, token: slackToken, answer })
    expect((await finish()).grant.accessToken.reveal('test')).toBe('xoxp')
  })

  it.each([
    [slack, slackToken, { ok: false, error: 'invalid_code' }, 'sign_in_needed'],
    [slack, slackToken, { ok: false, error: 'bad_client_secret' }, 'client_refused'],
    [slack, slackToken, { ok: false, error: 'ratelimited' }, 'try_later'],
    [github, cases[0]?.token ?? '', { error: 'bad_verification_code' }, 'sign_in_needed'],
    [github, cases[0]?.token ?? '', { error: 'incorrect_client_credentials' }, 'client_refused'],
    [github, cases[0]?.token ?? '', { error: 'redirect_uri_mismatch' }, 'refused'],
  ])('%#: an error that is answered with 200 is an error', async (profile, token, answer, code) => {
    const { finish } = await signIn({ profile, token, answer })
    await expect(finish()).rejects.toMatchObject({ code })
  })

  it('a tenant is named in the one way that its issuer has it', () => {
    for (const tenantId of ['common', 'contoso.com', TENANT.toUpperCase()]) {
      expect(() => entra({ tenantId })).toThrow(/^tenantId: /)
    }
    expect(() => auth0({ domain: 'https://acme.auth0.com' })).toThrow(/^domain: /)
    expect(() => okta({ domain: 'acme.okta.com/evil' })).toThrow(/^domain: /)
    expect(() => gitlab({ base: 'http://gitlab.test' })).toThrow(/https/)
    expect(okta({ domain: 'acme.okta.com', authorizationServer: 'org' }).issuer).toBe(
      'https://acme.okta.com',
    )
  })
})

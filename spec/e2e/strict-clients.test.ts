/**
 * `oauth4webapi` and `openid-client`, which check every answer against its document and stop at the
 * first that is not as it must be.
 */

import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from './support/person.ts'
import {
  expectNothingUnexpected,
  type Surroundings,
  startSurroundings,
} from './support/surroundings.ts'

const CALLBACK = 'http://127.0.0.1:1/callback'

/** The issuer is http, which both allow only on demand. */
const http = { [oauth.allowInsecureRequests]: true }

let surroundings: Surroundings
let issuer: URL
let resource: URL
beforeAll(async () => {
  surroundings = await startSurroundings()
  issuer = new URL(surroundings.installation.issuer)
  resource = new URL(surroundings.installation.mcp('everything'))
})
afterAll(() => expectNothingUnexpected(surroundings))

const failureOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => expect.fail('it should have been refused'),
    (failure: unknown) => failure,
  )

async function discover(algorithm: 'oauth2' | 'oidc' = 'oauth2') {
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...http })
  return oauth.processDiscoveryResponse(issuer, response)
}

async function register(metadata: Partial<oauth.OmitSymbolProperties<oauth.Client>> = {}) {
  const as = await discover()
  const response = await oauth.dynamicClientRegistrationRequest(
    as,
    {
      client_name: 'Strict',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    },
    http,
  )
  return oauth.processDynamicClientRegistrationResponse(response)
}

/** An authorization request, and what its answer will be checked against. */
async function begin(client: oauth.Client, parameters: Readonly<Record<string, string>> = {}) {
  const as = await discover()
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = String(
    new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: CALLBACK,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      scope: 'openid offline_access demo:use',
      resource: resource.href,
      state,
      nonce,
      ...parameters,
    }),
  )
  return { as, client, url, verifier, state, nonce }
}

type Begun = Awaited<ReturnType<typeof begin>>

/** The token request for what the browser came back with. */
function redeem({ as, client, verifier, state }: Begun, back: URL) {
  const parameters = oauth.validateAuthResponse(as, client, back, state)
  const form = [as, client, oauth.None(), parameters, CALLBACK, verifier, http] as const
  return oauth.authorizationCodeGrantRequest(...form)
}

/** From the request to tokens that were checked, signature and all. */
async function authorize(browser: Browser, client: oauth.Client) {
  const begun = await begin(client, { max_age: '600' })
  const { as, nonce } = begun
  const response = await redeem(begun, await browser.allow(begun.url))
  const checks = { expectedNonce: nonce, maxAge: 600, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
  await oauth.validateApplicationLevelSignature(as, response, http)
  return { as, tokens }
}

/** Whether a token opens the resource, as a strict resource server would see it. */
async function validate(as: oauth.AuthorizationServer, token: string, audience = resource.href) {
  const headers = { authorization: `Bearer ${token}` }
  return oauth.validateJwtAccessToken(as, new Request(resource, { headers }), audience, http)
}

describe('oauth4webapi', () => {
  it.each(['oauth2', 'oidc'] as const)('accepts the metadata for %s', async (algorithm) => {
    const as = await discover(algorithm)
    expect(as.issuer).toBe(surroundings.installation.issuer)
    expect(as.code_challenge_methods_supported).toEqual(['S256'])
    expect(as.authorization_response_iss_parameter_supported).toBe(true)
  })

  it('accepts the metadata of a resource, which leads to its server', async () => {
    const response = await oauth.resourceDiscoveryRequest(resource, http)
    const metadata = await oauth.processResourceDiscoveryResponse(resource, response)
    expect(metadata.resource).toBe(resource.href)
    expect(metadata.authorization_servers).toEqual([surroundings.installation.issuer])
    expect(metadata.scopes_supported).not.toContain('offline_access')
  })

  it('registers, signs in with PKCE, state, nonce, iss and max_age, and gets tokens', async () => {
    const client = await register()
    const { as, tokens } = await authorize(new Browser(surroundings.alice), client)
    expect(tokens.token_type).toBe('bearer')
    expect(tokens.expires_in).toBe(900)
    expect(tokens.scope).toBe('openid offline_access demo:use')
    const identity = oauth.getValidatedIdTokenClaims(tokens)
    expect(identity?.auth_time).toBeTypeOf('number')
    const claims = await validate(as, tokens.access_token)
    expect(claims.sub).toBe(identity?.sub)
    expect(claims.client_id).toBe(client.client_id)
    expect(claims.scope).toBe(tokens.scope)
  })

  it('finds a token to be for its resource and for no other', async () => {
    const client = await register()
    const { as, tokens } = await authorize(new Browser(surroundings.alice), client)
    const other = surroundings.installation.mcp('ledger')
    await expect(validate(as, tokens.access_token, other)).rejects.toThrow(/"aud"/)
  })

  it('refreshes, and revokes what it was given', async () => {
    const client = await register()
    const { as, tokens } = await authorize(new Browser(surroundings.alice), client)
    const refresh = (token = '') =>
      oauth
        .refreshTokenGrantRequest(as, client, oauth.None(), token, http)
        .then((response) => oauth.processRefreshTokenResponse(as, client, response))
    const renewed = await refresh(tokens.refresh_token)
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect((await validate(as, renewed.access_token)).scope).toBe(tokens.scope)
    const { refresh_token = '' } = renewed
    const revoked = await oauth.revocationRequest(as, client, oauth.None(), refresh_token, http)
    await oauth.processRevocationResponse(revoked)
    expect(await failureOf(refresh(refresh_token))).toMatchObject({
      error: 'invalid_grant',
      status: 400,
    })
  })

  it.each([
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ] as const)('asks for itself, authenticated by %s', async (method, authentication) => {
    const added = await surroundings.installation.addClient(
      `Nightly ${method}`,
      ...['--grant', 'client_credentials', '--auth-method', method, '--scope', 'demo:use'],
    )
    const client = { client_id: added.client_id }
    const as = await discover()
    const ask = async (secret: string) => {
      const parameters = { resource: resource.href, scope: 'demo:use' }
      const proof = authentication(secret)
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        client,
        proof,
        parameters,
        http,
      )
      return oauth.processClientCredentialsResponse(as, client, response)
    }
    const tokens = await ask(added.client_secret ?? '')
    expect(tokens.refresh_token).toBeUndefined()
    expect((await validate(as, tokens.access_token)).sub).toBe(`client:${added.client_id}`)
    const refused = await failureOf(ask('wrong'))
    expect(refused).toMatchObject({ status: 401 })
    expect(refused).toBeInstanceOf(
      method === 'client_secret_basic'
        ? oauth.WWWAuthenticateChallengeError
        : oauth.ResponseBodyError,
    )
  })

  it('registers with a secret of its own, and is held to it', async () => {
    const client = await register({ token_endpoint_auth_method: 'client_secret_basic' })
    const begun = await begin(client)
    const back = await new Browser(surroundings.alice).allow(begun.url)
    expect(client.client_secret).toBeTypeOf('string')
    const refused = await failureOf(
      redeem(begun, back).then((response) =>
        oauth.processAuthorizationCodeResponse(begun.as, client, response),
      ),
    )
    expect(refused).toMatchObject({ status: 401 })
  })

  it('reads errors as theirs: in the answer to the browser', async () => {
    const client = await register()
    const browser = new Browser(surroundings.alice)
    const denied = await begin(client, { scope: 'openid demo:run' })
    const back = await browser.deny(denied.url)
    expect(() => oauth.validateAuthResponse(denied.as, client, back, denied.state)).toThrow(
      expect.objectContaining({
        error: 'access_denied',
        error_description: expect.any(String),
      }),
    )
    const errors = {
      consent_required: { prompt: 'none', scope: 'openid demo:run' },
      invalid_scope: { scope: 'nothing:known' },
      invalid_target: { resource: 'https://elsewhere.example/mcp' },
      unsupported_response_type: { response_type: 'token' },
      invalid_request: { code_challenge_method: 'plain' },
    }
    for (const [error, parameters] of Object.entries(errors)) {
      const begun = await begin(client, parameters)
      const answer = await browser.allow(begun.url)
      expect(() => oauth.validateAuthResponse(begun.as, client, answer, begun.state)).toThrow(
        expect.objectContaining({ error }),
      )
    }
  })

  it('gets tokens for a code once, and loses them when the code comes again', async () => {
    const client = await register()
    const begun = await begin(client)
    const back = await new Browser(surroundings.alice).allow(begun.url)
    const exchange = async () =>
      oauth.processAuthorizationCodeResponse(begun.as, client, await redeem(begun, back), {
        expectedNonce: begun.nonce,
      })
    const { refresh_token = '' } = await exchange()
    expect(await failureOf(exchange())).toMatchObject({ error: 'invalid_grant', status: 400 })
    const refreshed = await oauth.refreshTokenGrantRequest(
      ...[begun.as, client, oauth.None(), refresh_token, http],
    )
    const read = oauth.processRefreshTokenResponse(begun.as, client, refreshed)
    expect(await failureOf(read)).toMatchObject({ error: 'invalid_grant', status: 400 })
  })

  it('reads errors as theirs: from the token endpoint', async () => {
    const client = await register()
    const begun = await begin(client)
    const back = await new Browser(surroundings.alice).allow(begun.url)
    const { as } = begun
    const refused = async (response: Promise<Response>) =>
      failureOf(oauth.processGenericTokenEndpointResponse(as, client, await response))
    const ask = (grantType: string, parameters = {}) =>
      oauth.genericTokenEndpointRequest(...[as, client, oauth.None(), grantType, parameters, http])
    const answers = {
      invalid_grant: redeem({ ...begun, verifier: oauth.generateRandomCodeVerifier() }, back),
      unsupported_grant_type: ask('password'),
      unauthorized_client: ask('client_credentials'),
      invalid_request: ask('authorization_code'),
    }
    for (const [error, response] of Object.entries(answers)) {
      expect(await refused(response)).toMatchObject({ error, status: 400 })
    }
  })

  it('reads the challenge of a resource as its own', async () => {
    const knock = oauth.protectedResourceRequest('gone', 'POST', resource, undefined, null, http)
    expect(await failureOf(knock)).toMatchObject({
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token', scope: 'demo:use' } }],
    })
  })
})

describe('openid-client', () => {
  const configure = async (
    ...[clientId, secret, authentication]: [string, string?, openid.ClientAuth?]
  ) => {
    const config = await openid.discovery(issuer, clientId, secret, authentication, {
      execute: [openid.allowInsecureRequests],
    })
    openid.enableNonRepudiationChecks(config)
    return config
  }

  async function signIn(config: openid.Configuration, browser: Browser) {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const checks = {
      pkceCodeVerifier,
      expectedState: openid.randomState(),
      expectedNonce: openid.randomNonce(),
      maxAge: 600,
      idTokenExpected: true,
    }
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid offline_access demo:use',
      resource: resource.href,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      max_age: '600',
    })
    const back = await browser.allow(url)
    return openid.authorizationCodeGrant(config, back, checks, { resource: resource.href })
  }

  it('discovers, signs in, refreshes, calls and revokes as a client with a secret', async () => {
    const added = await surroundings.installation.addClient('OpenID', '--redirect-uri', CALLBACK)
    const { client_id, client_secret = '' } = added
    const proof = openid.ClientSecretBasic(client_secret)
    const config = await configure(client_id, client_secret, proof)
    const tokens = await signIn(config, new Browser(surroundings.alice))
    expect(tokens.claims()?.sub).toBeTypeOf('string')
    expect(tokens.expiresIn()).toBeGreaterThan(0)

    const { refresh_token = '' } = tokens
    const renewed = await openid.refreshTokenGrant(config, refresh_token)
    expect(renewed.scope).toBe(tokens.scope)
    const answer = await openid.fetchProtectedResource(
      ...[config, renewed.access_token, resource, 'POST', initialize, jsonHeaders()],
    )
    expect(answer.status).toBe(200)
    await answer.body?.cancel()

    await openid.tokenRevocation(config, renewed.access_token)
    const refused = openid.fetchProtectedResource(
      ...[config, renewed.access_token, resource, 'POST', initialize, jsonHeaders()],
    )
    expect(await failureOf(refused)).toMatchObject({ status: 401 })
  })

  it('registers itself and signs in', async () => {
    const config = await openid.dynamicClientRegistration(
      issuer,
      { client_name: 'OpenID', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' },
      openid.None(),
      { execute: [openid.allowInsecureRequests] },
    )
    const tokens = await signIn(config, new Browser(surroundings.alice))
    expect(tokens.refresh_token).toBeUndefined()
    expect(tokens.scope).toBe('openid demo:use')
  })

  it('asks for itself', async () => {
    const added = await surroundings.installation.addClient(
      'Robot',
      ...['--grant', 'client_credentials', '--auth-method', 'client_secret_post'],
    )
    const config = await configure(added.client_id, added.client_secret)
    const tokens = await openid.clientCredentialsGrant(config, { resource: resource.href })
    expect(tokens.scope).toBe('demo:use')
    const unknown = openid.clientCredentialsGrant(config, { resource: 'https://no.example/' })
    expect(await failureOf(unknown)).toMatchObject({ error: 'invalid_target', status: 400 })
  })
})

const jsonHeaders = () =>
  new Headers({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  })

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'e2e', version: '1' },
  },
})

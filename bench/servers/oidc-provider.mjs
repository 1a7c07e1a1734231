/** oidc-provider, with its example's adapter for one process: a Map, without expiry. */

import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  port,
  RESOURCE,
  SCOPE,
  serve,
  targetOf,
  work,
} from './common.mjs'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ISSUER = `http://127.0.0.1:${port}`

/** Everything that is kept, by model and id. */
const kept = new Map()
const grants = new Map()

class MapAdapter {
  #prefix
  constructor(name) {
    this.#prefix = `${name}:`
  }

  async upsert(id, payload) {
    const key = this.#prefix + id
    kept.set(key, payload)
    if (payload.grantId === undefined || this.#prefix === 'Grant:') return
    const keys = grants.get(payload.grantId) ?? []
    keys.push(key)
    grants.set(payload.grantId, keys)
  }

  async find(id) {
    return kept.get(this.#prefix + id)
  }

  async consume(id) {
    kept.get(this.#prefix + id).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    kept.delete(this.#prefix + id)
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) kept.delete(key)
    grants.delete(grantId)
  }

  async findByUid() {}
  async findByUserCode() {}
}

const provider = new Provider(ISSUER, {
  adapter: MapAdapter,
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
      redirect_uris: ['https://client.example/callback'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k' }] },
  scopes: ['openid', 'offline_access', SCOPE],
  findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 900, ClientCredentials: 900, RefreshToken: 2_592_000, Grant: 2_592_000 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async () => ({
        scope: SCOPE,
        accessTokenFormat: work === 'introspection' ? 'opaque' : 'jwt',
        accessTokenTTL: 900,
        jwt: { sign: { alg: 'ES256' } },
      }),
      useGrantedResource: async () => true,
    },
  },
})

async function addRefreshToken(i) {
  const client = await provider.Client.find(CLIENT_ID)
  const grant = new provider.Grant({ accountId: `user-${i}`, clientId: CLIENT_ID })
  grant.addResourceScope(RESOURCE, SCOPE)
  grant.addOIDCScope('offline_access')
  const grantId = await grant.save()
  const token = new provider.RefreshToken({
    ...{ accountId: `user-${i}`, client, grantId, gty: 'authorization_code' },
    ...{ resource: RESOURCE, scope: `offline_access ${SCOPE}`, expiresWithSession: false },
  })
  return token.save()
}

async function addAccessToken() {
  const client = await provider.Client.find(CLIENT_ID)
  const token = new provider.ClientCredentials({ client, scope: SCOPE })
  return token.save()
}

const paths = { token: '/token', introspection: '/token/introspection' }
serve(provider.callback(), await targetOf({ paths, addRefreshToken, addAccessToken }))

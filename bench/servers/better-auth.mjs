/**
 * better-auth with its OAuth provider, on a SQLite file: by Node's own driver where there is one, by the
 * one that Warder uses otherwise. The client and the resource are cached, as its documentation advises
 * for those that are known beforehand.
 */

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { forBetterAuth, openSqlite } from '../sqlite.mjs'
import { CLIENT_ID, CLIENT_SECRET, port, RESOURCE, SCOPE, serve, targetOf } from './common.mjs'

const baseURL = `http://127.0.0.1:${port}`
const scopes = ['openid', 'offline_access', SCOPE]
const file = join(mkdtempSync(join(tmpdir(), 'warder-bench-')), 'better-auth.db')

const auth = betterAuth({
  baseURL,
  secret: randomBytes(32).toString('hex'),
  database: forBetterAuth(await openSqlite(file)),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  disabledPaths: ['/token'],
  plugins: [
    jwt({
      jwks: { keyPairConfig: { alg: 'ES256' } },
      jwt: { issuer: baseURL },
      disableSettingJwtHeader: true,
    }),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      scopes,
      resources: [{ identifier: RESOURCE, name: 'Notes', allowedScopes: scopes }],
      cachedResources: new Set([RESOURCE]),
      cachedTrustedClients: new Set([CLIENT_ID]),
      enforcePerClientResources: false,
      rateLimit: { token: false, introspect: false },
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()
const { adapter } = await auth.$context
const sha256 = (text) => createHash('sha256').update(text).digest('base64url')
const later = () => new Date(Date.now() + 2_592_000_000)

await adapter.create({
  model: 'oauthClient',
  data: {
    ...{ clientId: CLIENT_ID, clientSecret: sha256(CLIENT_SECRET), name: 'Bench', scopes },
    ...{ clientCredentialsScopes: [SCOPE], redirectUris: ['https://client.example/callback'] },
    grantTypes: ['client_credentials', 'refresh_token', 'authorization_code'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    ...{ public: false, disabled: false, createdAt: new Date(), updatedAt: new Date() },
  },
})

async function addUser(i) {
  const data = { name: `User ${i}`, email: `user-${i}@example.com`, emailVerified: true }
  return adapter.create({
    model: 'user',
    data: { ...data, createdAt: new Date(), updatedAt: new Date() },
  })
}

async function addRefreshToken(i) {
  const { id: userId } = await addUser(i)
  const token = randomBytes(24).toString('base64url')
  const data = {
    ...{ token: sha256(token), clientId: CLIENT_ID, userId, resources: [RESOURCE] },
    ...{ scopes: ['offline_access', SCOPE], createdAt: new Date(), expiresAt: later() },
  }
  await adapter.create({ model: 'oauthRefreshToken', data })
  return token
}

async function addAccessToken() {
  const token = randomBytes(24).toString('base64url')
  const data = { token: sha256(token), clientId: CLIENT_ID, scopes: [SCOPE] }
  await adapter.create({
    model: 'oauthAccessToken',
    data: { ...data, createdAt: new Date(), expiresAt: later() },
  })
  return token
}

const paths = { token: '/api/auth/oauth2/token', introspection: '/api/auth/oauth2/introspect' }
serve(toNodeHandler(auth), await targetOf({ paths, addRefreshToken, addAccessToken }))

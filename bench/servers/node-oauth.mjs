/** @node-oauth/oauth2-server: a library without tokens or storage of its own, here over jose and a Map. */

import { createHash, timingSafeEqual } from 'node:crypto'
import OAuth2Server from '@node-oauth/oauth2-server'
import { generateKeyPair, SignJWT } from 'jose'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  form,
  port,
  RESOURCE,
  SCOPE,
  serve,
  TOKENS,
  work,
} from './common.mjs'

const { privateKey } = await generateKeyPair('ES256')
const sha256 = (text) => createHash('sha256').update(text).digest()
const secretHash = sha256(CLIENT_SECRET)
const client = { id: CLIENT_ID, grants: ['client_credentials', 'refresh_token'] }
const kept = new Map()

const model = {
  getClient: (id, secret) =>
    id === CLIENT_ID && timingSafeEqual(sha256(secret), secretHash) ? client : false,
  getUserFromClient: () => ({ id: CLIENT_ID }),
  validateScope: () => [SCOPE],
  generateAccessToken: (_client, user) =>
    new SignJWT({ client_id: CLIENT_ID, scope: SCOPE })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .setIssuer(`http://127.0.0.1:${port}`)
      .setSubject(user.id)
      .setAudience(RESOURCE)
      .setIssuedAt()
      .setExpirationTime('15m')
      .setJti(crypto.randomUUID())
      .sign(privateKey),
  saveToken(token, _client, user) {
    if (token.refreshToken !== undefined) {
      kept.set(token.refreshToken, {
        ...{ refreshToken: token.refreshToken, client, user, scope: [SCOPE] },
        refreshTokenExpiresAt: token.refreshTokenExpiresAt,
      })
    }
    return { ...token, client, user }
  },
  getRefreshToken: (token) => kept.get(token),
  revokeToken: ({ refreshToken }) => kept.delete(refreshToken),
}

const oauth = new OAuth2Server({ model, accessTokenLifetime: 900 })

function listener(request, response) {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', async () => {
    const body = Object.fromEntries(new URLSearchParams(text))
    const { headers, method } = request
    const asked = new OAuth2Server.Request({ headers, method, query: {}, body })
    const answer = new OAuth2Server.Response({ headers: {} })
    await oauth.token(asked, answer).catch(() => {})
    const bytes = JSON.stringify(answer.body)
    const fields = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
    }
    response.writeHead(answer.status ?? 200, { ...answer.headers, ...fields }).end(bytes)
  })
}

const seeded = Array.from({ length: TOKENS }, (_, i) => `first-token-of-family-${i}`)
const refreshTokenExpiresAt = new Date(Date.now() + 86_400_000)
for (const [i, refreshToken] of seeded.entries()) {
  const user = { id: `user-${i}` }
  kept.set(refreshToken, { refreshToken, client, user, scope: [SCOPE], refreshTokenExpiresAt })
}

const targets = {
  token: { path: '/token', bodies: [form({ grant_type: 'client_credentials', scope: SCOPE })] },
  refresh: { path: '/token', form: form({ grant_type: 'refresh_token' }), tokens: seeded },
}
serve(listener, targets[work])

/**
 * The limit: the least that a token endpoint on `node:http` could do. It parses the form, compares one
 * SHA-256 in constant time, takes a token out of a Map where one is spent, and signs. No product: it
 * checks nothing else, keeps nothing and records nothing.
 */

import { createHash, generateKeyPairSync, randomBytes, sign, timingSafeEqual } from 'node:crypto'
import {
  CLIENT_SECRET,
  form,
  introspections,
  port,
  RESOURCE,
  SCOPE,
  serve,
  TOKENS,
  work,
} from './common.mjs'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'the-only-key' })
const sha256 = (text) => createHash('sha256').update(text).digest()
const issuer = `http://127.0.0.1:${port}`
const expected = sha256(CLIENT_SECRET)

/** RFC 7518 §3.4: R and S side by side, which on Node 24 costs a signature more if OpenSSL does it. */
function joseSignature(der) {
  const signature = Buffer.alloc(64)
  let at = 2
  for (const half of [32, 64]) {
    const end = at + 2 + der[at + 1]
    const from = Math.max(at + 2, end - 32)
    der.copy(signature, half - (end - from), from, end)
    at = end
  }
  return signature
}

function accessToken(clientId, subject, resource) {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: issuer, sub: subject, aud: resource, client_id: clientId, scope: SCOPE },
    ...{ iat: now, exp: now + 900, jti: randomBytes(16).toString('base64url') },
  }
  const input = `${header}.${encode(claims)}`
  const signature = joseSignature(sign('sha256', Buffer.from(input), privateKey))
  return `${input}.${signature.toString('base64url')}`
}

const answered = (token) => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: 900,
  scope: SCOPE,
})

const newToken = () => randomBytes(32).toString('base64url')
const seeded = Array.from({ length: TOKENS }, newToken)
const kept = new Map(seeded.map((token) => [token, { subject: 'user', resource: RESOURCE }]))

const works = {
  token: (params, clientId) => answered(accessToken(clientId, clientId, params.get('resource'))),
  refresh(params, clientId) {
    const sent = params.get('refresh_token')
    const grant = kept.get(sent)
    if (grant === undefined) return undefined
    kept.delete(sent)
    const next = newToken()
    kept.set(next, grant)
    const token = accessToken(clientId, grant.subject, grant.resource)
    return { ...answered(token), refresh_token: next }
  },
  introspection(params) {
    const grant = kept.get(params.get('token'))
    if (grant === undefined) return { active: false }
    const now = Math.floor(Date.now() / 1000)
    return {
      ...{ active: true, iss: issuer, sub: grant.subject, aud: grant.resource, scope: SCOPE },
      ...{ token_type: 'Bearer', iat: now, exp: now + 900 },
    }
  },
}

const answer = works[work]

function listener(request, response) {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const params = new URLSearchParams(Buffer.concat(chunks).toString())
    const credentials = Buffer.from(request.headers.authorization.slice(6), 'base64').toString()
    const [clientId, secret] = credentials.split(':')
    const isClient = timingSafeEqual(sha256(decodeURIComponent(secret)), expected)
    const result = isClient ? answer(params, clientId) : undefined
    const body = JSON.stringify(result ?? { error: 'invalid_grant' })
    const headers = {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
    }
    response.writeHead(result === undefined ? 400 : 200, headers).end(body)
  })
}

const targets = {
  token: {
    path: '/token',
    bodies: [form({ grant_type: 'client_credentials', resource: RESOURCE })],
  },
  refresh: { path: '/token', form: form({ grant_type: 'refresh_token' }), tokens: seeded },
  introspection: { path: '/introspect', bodies: introspections(seeded) },
}
serve(listener, targets[work])

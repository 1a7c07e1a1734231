/**
 * One guard for the access tokens of several issuers, each with its own keys and its own form.
 *
 * Runs by itself: `node examples/access-tokens.mjs`. The issuers are stand-ins.
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { startIssuer } from './support/issuer.mjs'

const [ours, keycloak] = [await startIssuer(), await startIssuer()]
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' })
process.env.JWT_SECRET = randomBytes(48).toString('base64')
const revoked = new Set()

// #region guard
import { createGuard, jwt } from 'warder/guard'

const tokens = jwt({
  issuers: [
    { issuer: ours.issuer, isRevoked: ({ jti }) => revoked.has(jti) },
    {
      issuer: keycloak.issuer,
      profile: 'jwt',
      required: { typ: 'Bearer' },
      claims: { roles: ['realm_access', 'roles'] },
    },
    { issuer: 'https://billing.example.com', keys: { pem }, algorithms: ['RS256'] },
    { issuer: 'notes-login', profile: 'jwt', keys: { secret: process.env.JWT_SECRET } },
  ],
})

const guard = createGuard({ resource: 'https://api.example.com/notes', accept: [tokens] })
// #endregion

const resource = 'https://api.example.com/notes'

/** What a token is answered with: who is calling, or a status. */
async function caller(token) {
  const headers = { authorization: `Bearer ${token}` }
  const outcome = await guard.check(new Request(resource, { headers }))
  return outcome instanceof Response ? outcome.status : outcome
}

/** A token that is signed here, in the name of an issuer. */
const sign = (issuer, alg, key) =>
  new SignJWT({ client_id: 'example', jti: crypto.randomUUID() })
    .setProtectedHeader({ alg, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setSubject('bob')
    .setAudience(resource)
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(key)

assert.equal((await caller(await ours.token(resource))).subject, 'alice')
const known = await ours.token(resource, { jti: 'token-1' })
assert.equal((await caller(known)).credentialId, 'token-1')

const form = {
  client_id: undefined,
  azp: 'web',
  typ: 'Bearer',
  realm_access: { roles: ['editor'] },
}
const { clientId, roles } = await caller(await keycloak.token(resource, form))
assert.deepEqual([clientId, roles], ['web', ['editor']])
assert.equal(await caller(await keycloak.token(resource, { ...form, typ: 'ID' })), 401)

const billing = await sign('https://billing.example.com', 'RS256', privateKey)
assert.equal((await caller(billing)).subject, 'bob')

const secret = new TextEncoder().encode(process.env.JWT_SECRET)
assert.equal((await caller(await sign('notes-login', 'HS256', secret))).subject, 'bob')

// The key of one is worth nothing in the name of another, and a public key is no secret.
assert.equal(await caller(await sign('notes-login', 'RS256', privateKey)), 401)
assert.equal(await caller(await sign('https://billing.example.com', 'HS256', secret)), 401)
const text = new TextEncoder().encode(pem)
assert.equal(await caller(await sign('https://billing.example.com', 'HS256', text)), 401)
assert.throws(() => createGuard({ issuer: ours.issuer, resource, keys: { secret: pem } }), /secret/)
assert.throws(() => createGuard({ issuer: ours.issuer, resource, keys: { secret: 'short' } }), /32/)

// Revoked: at once, however often it was seen before.
for (let time = 0; time < 3; time++) assert.equal((await caller(known)).subject, 'alice')
revoked.add('token-1')
assert.equal(await caller(known), 401)

ours.stop()
keycloak.stop()
console.log('Tokens of four issuers were let in, and none in the name of another.')

/**
 * A guard in ten lines, tried from both sides: without a token, with one, and without the scope.
 *
 * Runs by itself: `node examples/guard.mjs`. The issuer here is a stand-in that publishes its metadata and one key.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] }
const server = createServer(({ url }, response) => {
  response.end(JSON.stringify(url === '/jwks' ? jwks : { issuer, jwks_uri: `${issuer}/jwks` }))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

// #region guard
import { createGuard } from 'warder/guard'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })

async function handler(request) {
  const metadata = guard.metadata(request)
  if (metadata) return metadata
  const caller = await guard.check(request, { scopes: ['notes:read'] })
  if (caller instanceof Response) return caller
  return Response.json({ hello: caller.subject })
}
// #endregion

/** What a caller with these scopes is answered. */
async function call(scope) {
  const token = await new SignJWT({ client_id: 'example', scope })
    .setProtectedHeader({ alg: 'ES256', kid: '1', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience('https://api.example.com/notes')
    .setSubject('alice')
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(privateKey)
  const headers = { authorization: `Bearer ${token}` }
  return handler(new Request('https://api.example.com/notes', { headers }))
}

const stranger = await handler(new Request('https://api.example.com/notes'))
assert.equal(stranger.status, 401)
assert.equal(
  stranger.headers.get('www-authenticate'),
  'Bearer resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/notes"',
)

const document = await handler(
  new Request('https://api.example.com/.well-known/oauth-protected-resource/notes'),
)
assert.deepEqual((await document.json()).authorization_servers, [issuer])

const reader = await call('notes:read')
assert.deepEqual(await reader.json(), { hello: 'alice' })

const other = await call('notes:list')
assert.equal(other.status, 403)
assert.match(other.headers.get('www-authenticate'), /scope="notes:read"/)

server.close()
console.log('A stranger was told where to sign in, a reader was let in, and no one else.')

/** A stand-in for your authorization server: it publishes a key where it says, and signs anything. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Starts the issuer on a free port. */
export async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const key = { ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }
  const server = createServer(({ url }, response) => {
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` }
    response.end(JSON.stringify(url === '/jwks' ? { keys: [key] } : metadata))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${server.address().port}`
  return {
    issuer,
    /** An access token of alice for a resource, but for what is changed. */
    token: (resource, claims = {}) =>
      new SignJWT({ sub: 'alice', client_id: 'example', jti: crypto.randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: '1', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(resource)
        .setIssuedAt()
        .setExpirationTime('15m')
        .sign(privateKey),
    stop: () => server.close(),
  }
}

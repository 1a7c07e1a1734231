import { describe, expect, it } from 'vitest'
import {
  createIssuer,
  goodClaims,
  guarded,
  ISSUER,
  lastReason,
  NOW,
  RESOURCE,
} from './fixtures/issuer.ts'

describe('RFC 9068 JWT profile for access tokens', () => {
  it('§2.1 a token with typ at+jwt is accepted, as is application/at+jwt, in any case', async () => {
    const { issuer, status } = await guarded()
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT']) {
      expect(await status(await issuer.token({}, { typ })), typ).toBe(200)
    }
  })

  it('§2.1 MUST be signed: alg none is refused', async () => {
    const { issuer, status } = await guarded()
    const [, payload] = (await issuer.token()).split('.')
    const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    expect(await status(`${header}.${payload}.`)).toBe(401)
  })

  it.each(['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])(
    '§2.2 %s is REQUIRED',
    async (claim) => {
      const { issuer, status } = await guarded()
      expect(await status(await issuer.token({ [claim]: undefined }))).toBe(401)
    },
  )

  it('§2.2 the claims become the principal', async () => {
    const { issuer, principal } = await guarded()
    const claims = { roles: ['editor'], sid: 'family-1', cid: 'correlation-1' }
    expect(await principal(await issuer.token(claims))).toEqual({
      subject: 'alice',
      clientId: 'web',
      issuer: ISSUER,
      resource: RESOURCE,
      scopes: new Set(['notes:read']),
      roles: ['editor'],
      permissions: expect.anything(),
      credentialId: 'token-1',
      proof: { kind: 'jwt', keyId: 'key-1' },
      familyId: 'family-1',
      correlationId: 'correlation-1',
      expiresAt: (NOW + 900) * 1000,
      claims: { ...goodClaims, ...claims },
    })
  })

  it('§2.2.3 scope is optional: without it the caller is known and may do nothing more', async () => {
    const { issuer, principal, status } = await guarded()
    const token = await issuer.token({ scope: undefined })
    expect((await principal(token)).scopes.size).toBe(0)
    expect(await status(token, { scopes: ['notes:read'] })).toBe(403)
  })

  it('§2.2.3.1 roles that are not a list of texts are refused', async () => {
    const { issuer, status } = await guarded()
    for (const roles of ['admin', [1], [''], { 0: 'admin' }, null]) {
      expect(await status(await issuer.token({ roles })), JSON.stringify(roles)).toBe(401)
    }
  })

  it('§4 MUST verify that typ is at+jwt, so that an ID token is no access token', async () => {
    const { issuer, refusal, events } = await guarded()
    const token = await issuer.token({}, { typ: 'JWT' })
    const request = new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })
    expect((await refusal(request)).challenge).toContain('error="invalid_token"')
    expect(lastReason(events)).toBe('typ "JWT" instead of at+jwt')
  })

  it('§4 iss MUST exactly match the issuer', async () => {
    const { issuer, status } = await guarded()
    expect(await status(await issuer.token({ iss: `${ISSUER}/` }))).toBe(401)
  })

  it('§4 aud MUST name the resource; a list of texts may name others too', async () => {
    const { issuer, status } = await guarded()
    expect(await status(await issuer.token({ aud: 'https://api.test/' }))).toBe(401)
    expect(await status(await issuer.token({ aud: ['https://api.test/', RESOURCE] }))).toBe(200)
  })

  it('§4 the signature MUST be verified with a key of the issuer', async () => {
    const { status } = await guarded()
    const other = await createIssuer()
    expect(await status(await other.token())).toBe(401)
  })

  it('§4 the current time MUST be before exp', async () => {
    const { issuer, status, platform } = await guarded({ clockTolerance: 0 })
    const token = await issuer.token()
    platform.advance(900_000 - 1)
    expect(await status(token)).toBe(200)
    platform.advance(1)
    expect(await status(token)).toBe(401)
  })

  it.each(['ES256', 'ES384', 'ES512', 'Ed25519', 'RS256', 'PS256'])(
    '§4 a token signed with %s is accepted where that is allowed, and not elsewhere',
    async (alg) => {
      const signer = await createIssuer('key-2', alg)
      const keys = { jwks: async () => ({ keys: [signer.publicJwk] }) }
      const allowed = await guarded({ keys, algorithms: [alg] })
      expect(await allowed.status(await signer.token())).toBe(200)
      const other = await guarded({ keys, algorithms: [alg === 'ES256' ? 'ES384' : 'ES256'] })
      expect(await other.status(await signer.token())).toBe(401)
    },
  )

  it('§4 a token for another resource of the same issuer MUST be refused', async () => {
    const { issuer, status } = await guarded({ resource: 'https://mcp.test/other' })
    expect(await status(await issuer.token())).toBe(401)
  })
})

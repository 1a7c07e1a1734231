import { describe, expect, it } from 'vitest'
import { createGuard, type GuardOptions } from 'warder/guard'
import { ISSUER, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { stubGuard, stubKind } from './fixtures/stub-kind.ts'

const guardOf = (options: Partial<GuardOptions> = {}) =>
  createGuard({ issuer: ISSUER, resource: RESOURCE, ...options })

const PATH_FORM = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'
const ROOT_FORM = 'https://mcp.test/.well-known/oauth-protected-resource'

/** The document at a URL. */
const documentAt = async (url: string, options: Partial<GuardOptions> = {}) =>
  guardOf(options).metadata(new Request(url))?.json()

describe('RFC 9728 OAuth protected resource metadata', () => {
  it('§2 names the resource and its authorization servers', async () => {
    expect(await documentAt(PATH_FORM)).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
  })

  it('§2 scopes_supported is the baseline unless told, resource_name is for people', async () => {
    const scopes = { baseline: ['notes:read'] }
    const described = await documentAt(PATH_FORM, { scopes, resourceName: 'Notes' })
    expect(described).toMatchObject({ scopes_supported: ['notes:read'], resource_name: 'Notes' })
    const supported = ['notes:read', 'notes:write']
    const told = await documentAt(PATH_FORM, { scopes: { ...scopes, supported } })
    expect(told).toMatchObject({ scopes_supported: supported })
  })

  it('§2 dpop_signing_alg_values_supported is what proofs may be signed with, where they are offered', async () => {
    const name = 'dpop_signing_alg_values_supported'
    expect(await documentAt(PATH_FORM)).not.toHaveProperty(name)
    const usual = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256']
    expect(await documentAt(PATH_FORM, { dpop: {} })).toHaveProperty(name, usual)
    const dpop = { algorithms: ['ES384'] }
    expect(await documentAt(PATH_FORM, { dpop })).toHaveProperty(name, ['ES384'])
    const response = await guardOf({ dpop }).check(requestWith())
    const challenge = response instanceof Response && response.headers.get('www-authenticate')
    expect(challenge).toContain('algs="ES384"')
  })

  it('§2 offline_access is between client and authorization server: neither document nor challenge names it', async () => {
    const scopes = { baseline: ['offline_access', 'notes:read'] }
    expect(await documentAt(PATH_FORM, { scopes })).toMatchObject({
      scopes_supported: ['notes:read'],
    })
    const response = await guardOf({ scopes }).check(requestWith())
    const challenge = response instanceof Response && response.headers.get('www-authenticate')
    expect(challenge).toContain('scope="notes:read"')
  })

  it('§2 a resource with several authorization servers names them all', async () => {
    const authorizationServers = [ISSUER, 'https://as2.test']
    expect(await documentAt(PATH_FORM, { authorizationServers })).toMatchObject({
      authorization_servers: authorizationServers,
    })
  })

  it('§3.1 the well-known path is inserted before the path of the resource, and the root form serves too', async () => {
    expect(await documentAt(ROOT_FORM)).toEqual(await documentAt(PATH_FORM))
    expect(await documentAt(PATH_FORM)).toBeDefined()
  })

  it('§3.1 every other path is left to the handler', () => {
    const others = [
      RESOURCE,
      `${RESOURCE}/.well-known/oauth-protected-resource`,
      `${ROOT_FORM}/other`,
      `${PATH_FORM}/`,
      'https://mcp.test/.well-known/OAuth-protected-resource/mcp',
    ]
    for (const url of others) expect(guardOf().metadata(new Request(url)), url).toBeUndefined()
  })

  it('§3.2 MUST be JSON with status 200; any page may read it and anyone may keep it', () => {
    const response = guardOf().metadata(new Request(PATH_FORM))
    expect(response?.status).toBe(200)
    expect(response?.headers.get('content-type')).toBe('application/json')
    expect(response?.headers.get('access-control-allow-origin')).toBe('*')
    expect(response?.headers.get('cache-control')).toBe('public, max-age=300')
  })

  it('§3.2 HEAD has no body, OPTIONS answers a preflight, the rest is 405', async () => {
    const answer = (method: string) => guardOf().metadata(new Request(PATH_FORM, { method }))
    expect(answer('HEAD')?.status).toBe(200)
    expect(await answer('HEAD')?.text()).toBe('')
    expect(answer('OPTIONS')?.status).toBe(204)
    expect(answer('OPTIONS')?.headers.get('access-control-allow-headers')).toBe('*')
    expect(answer('POST')?.status).toBe(405)
    expect(answer('POST')?.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('§3.3 resource MUST be identical to the identifier, whatever the request looked like', async () => {
    const asked = PATH_FORM.replace('mcp.test', 'evil.test')
    expect(await documentAt(asked)).toMatchObject({ resource: RESOURCE })
  })

  it('§5.1 the challenge names the URL of the document', async () => {
    const response = await guardOf().check(requestWith())
    const challenge = response instanceof Response ? response.headers.get('www-authenticate') : null
    expect(challenge).toBe(`Bearer resource_metadata="${PATH_FORM}"`)
  })

  it('§5.1 the URL in the challenge is where the document is', async () => {
    for (const resource of ['https://api.test/', 'https://api.test', 'https://api.test/a/b']) {
      const guard = guardOf({ resource })
      const response = await guard.check(new Request(resource))
      const challenge = response instanceof Response && response.headers.get('www-authenticate')
      const url = /resource_metadata="([^"]+)"/.exec(String(challenge))?.[1] ?? ''
      expect(await guard.metadata(new Request(url))?.json(), url).toMatchObject({ resource })
    }
  })

  it('§1.2 a resource that clients could not name exactly is refused when the guard is made', () => {
    for (const resource of ['', 'mcp.test', 'ftp://mcp.test/', `${RESOURCE}#part`]) {
      expect(() => guardOf({ resource }), resource).toThrow('resource: ')
    }
    expect(() => guardOf({ authorizationServers: [] })).toThrow('authorizationServers: ')
  })

  it('§2 a resource that takes no tokens has no document, and no challenge points to one', async () => {
    const { guard } = stubGuard({}, { accept: [stubKind()] })
    for (const url of [PATH_FORM, ROOT_FORM]) {
      expect(guard.metadata(new Request(url)), url).toBeUndefined()
    }
    const response = await guard.check(requestWith())
    const challenge = response instanceof Response && response.headers.get('www-authenticate')
    expect(challenge).not.toContain('resource_metadata')
  })

  it('§2 tokens of several kinds name all their issuers, and those of none are told of by hand', async () => {
    const as2 = 'https://as2.test'
    const accept = [stubKind({}, { issuers: [ISSUER] }), stubKind({}, { issuers: [as2] })]
    const several = stubGuard({}, { accept }).guard.metadata(new Request(PATH_FORM))
    expect(await several?.json()).toMatchObject({ authorization_servers: [ISSUER, as2] })
    const options = { accept: [stubKind()], authorizationServers: [as2] }
    const told = stubGuard({}, options).guard.metadata(new Request(PATH_FORM))
    expect(await told?.json()).toMatchObject({ authorization_servers: [as2] })
  })
})

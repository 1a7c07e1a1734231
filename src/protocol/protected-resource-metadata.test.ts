import { describe, expect, it } from 'vitest'
import {
  protectedResourceMetadata,
  resourceMetadataPaths,
  resourceMetadataUrl,
} from './protected-resource-metadata.ts'

describe('protectedResourceMetadata', () => {
  const resource = 'https://mcp.test/mcp'
  const authorizationServers = ['https://as.test']

  it('says where tokens come from and how they are sent', () => {
    expect(protectedResourceMetadata({ resource, authorizationServers })).toEqual({
      resource,
      authorization_servers: authorizationServers,
      bearer_methods_supported: ['header'],
    })
  })

  it('names scopes and itself', () => {
    const document = protectedResourceMetadata({
      resource,
      authorizationServers,
      scopesSupported: ['files:read', 'offline_access', 'files:write'],
      resourceName: 'Files',
    })
    expect(document.scopes_supported).toEqual(['files:read', 'files:write'])
    expect(document.resource_name).toBe('Files')
  })

  it('omits a list that would be empty', () => {
    const scopesSupported = ['offline_access']
    const document = protectedResourceMetadata({ resource, authorizationServers, scopesSupported })
    expect(document).not.toHaveProperty('scopes_supported')
  })
})

describe('resourceMetadataUrl and resourceMetadataPaths', () => {
  const root = '/.well-known/oauth-protected-resource'

  it.each([
    ['https://mcp.test', `https://mcp.test${root}`],
    ['https://mcp.test/', `https://mcp.test${root}`],
    ['https://mcp.test/mcp', `https://mcp.test${root}/mcp`],
    ['https://mcp.test/mcp/', `https://mcp.test${root}/mcp/`],
    ['http://localhost:4000/mcp/a', `http://localhost:4000${root}/mcp/a`],
    ['https://mcp.test/mcp?x=1', `https://mcp.test${root}/mcp?x=1`],
    ['https://mcp.test/?x=1', `https://mcp.test${root}?x=1`],
  ])('%s is described at %s', (resource, expected) => {
    expect(resourceMetadataUrl(resource)).toBe(expected)
  })

  it('has the path form first, then the root', () => {
    expect(resourceMetadataPaths('https://mcp.test/mcp/a?x=1')).toEqual([`${root}/mcp/a`, root])
    expect(resourceMetadataPaths('https://mcp.test/')).toEqual([root])
  })
})

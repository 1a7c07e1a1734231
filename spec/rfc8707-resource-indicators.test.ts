import { describe, expect, it } from 'vitest'
import { findResource, parseResource } from 'warder/protocol'

const invalidTarget = expect.objectContaining({ code: 'invalid_target', status: 400 })

describe('RFC 8707 Resource Indicators', () => {
  it('§2 the value MUST be an absolute URI', () => {
    expect(parseResource('https://mcp.test/mcp')).toBe('https://mcp.test/mcp')
    for (const value of ['', 'mcp', '/mcp', '//mcp.test/mcp', 'mcp.test']) {
      expect(() => parseResource(value)).toThrow(invalidTarget)
    }
  })

  it('§2 the value MUST NOT include a fragment', () => {
    for (const value of ['https://mcp.test/mcp#', 'https://mcp.test/mcp#a', 'https://mcp.test#']) {
      expect(() => parseResource(value)).toThrow(invalidTarget)
    }
  })

  it('§2 the value MAY include a query', () => {
    expect(parseResource('https://mcp.test/mcp?tenant=1')).toBe('https://mcp.test/mcp?tenant=1')
  })

  it('§2 the value is a location on the web, without credentials', () => {
    for (const value of ['urn:mcp:files', 'javascript:alert(1)', 'https://a:b@mcp.test/mcp']) {
      expect(() => parseResource(value)).toThrow(invalidTarget)
    }
  })

  it('§2 a resource is known by its identifier, which goes into the token as it is', () => {
    const known = ['https://mcp.test/mcp', 'https://api.test/']
    expect(findResource(known, 'https://mcp.test/mcp')).toBe('https://mcp.test/mcp')
    expect(findResource(known, 'https://mcp.test/other')).toBeUndefined()
    expect(findResource(known, 'https://mcp.test')).toBeUndefined()
    expect(findResource(known, 'https://evil.test/mcp')).toBeUndefined()
  })
})

describe('MCP authorization: canonical server URI', () => {
  it('SHOULD accept upper-case scheme and host for robustness', () => {
    const known = ['https://mcp.test/mcp']
    expect(findResource(known, 'HTTPS://MCP.test/mcp')).toBe('https://mcp.test/mcp')
    expect(findResource(known, 'https://mcp.test/MCP')).toBeUndefined()
  })

  it('takes the form with and without a trailing slash for the same', () => {
    expect(findResource(['https://mcp.test'], 'https://mcp.test/')).toBe('https://mcp.test')
    expect(findResource(['https://mcp.test/mcp/'], 'https://mcp.test/mcp')).toBe(
      'https://mcp.test/mcp/',
    )
    expect(findResource(['https://mcp.test/mcp'], 'https://mcp.test/mcp//')).toBeUndefined()
  })

  it('does not repair ports, dot segments or encodings', () => {
    for (const value of [
      'https://mcp.test:443/mcp',
      'https://mcp.test/./mcp',
      'https://mcp.test/%6dcp',
    ]) {
      expect(findResource(['https://mcp.test/mcp'], value)).toBeUndefined()
    }
  })
})

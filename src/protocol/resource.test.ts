import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findResource, parseResource } from './resource.ts'

const invalidTarget = expect.objectContaining({ code: 'invalid_target', status: 400 })

describe('parseResource', () => {
  it.each([
    'https://mcp.test/mcp',
    'https://api.test/',
    'https://api.test',
    'http://localhost:4000/mcp/a',
    'HTTPS://MCP.Test/mcp',
    'https://mcp.test/mcp?a=%20b',
    'https://mcp.test/a/../b',
    'https://[::1]:8443/',
  ])('gives back %s byte for byte', (value) => {
    expect(parseResource(value)).toBe(value)
  })

  it.each([
    '',
    'mcp',
    '/mcp',
    '//mcp.test/mcp',
    'mcp.test/mcp',
    'https:mcp.test',
    'https:/mcp.test/',
    'https://',
    'https:///mcp',
    'https://mcp.test/#',
    'https://mcp.test/#a',
    'https://a@mcp.test/',
    'https://a:b@mcp.test/',
    'ftp://mcp.test/',
    'urn:mcp:a',
    'javascript:alert(1)',
    'https://mcp.test/ ',
    ' https://mcp.test/',
    'https://mcp.test/\n',
    'https://mcp.test\\x',
    'https://mcp.test/\\',
    'https://mcp.test/%zz',
    'https://mcp.test/%',
    'https://mcp.test/é',
    'https://mcp.test:99999/',
    'https://[::1/',
    'https://a b/',
    'https://mcp.test/\0',
    `https://mcp.test/${'a'.repeat(2048)}`,
  ])('refuses %j', (value) => {
    expect(() => parseResource(value)).toThrow(invalidTarget)
  })
})

describe('findResource', () => {
  const known = ['https://mcp.test/mcp', 'https://api.test/', 'https://q.test/a?x=/']

  it.each([
    ['https://mcp.test/mcp', 'https://mcp.test/mcp'],
    ['https://mcp.test/mcp/', 'https://mcp.test/mcp'],
    ['HTTPS://MCP.TEST/mcp', 'https://mcp.test/mcp'],
    ['https://api.test', 'https://api.test/'],
    ['hTTps://API.test/', 'https://api.test/'],
    ['https://Q.test/a?x=/', 'https://q.test/a?x=/'],
  ])('takes %s for %s', (requested, expected) => {
    expect(findResource(known, requested)).toBe(expected)
  })

  it.each([
    'https://mcp.test',
    'https://mcp.test/',
    'https://mcp.test/MCP',
    'https://mcp.test/mcp//',
    'https://mcp.test//mcp',
    'https://mcp.test/mcp/a',
    'https://mcp.test/mcpx',
    'https://mcp.test/mcp?',
    'https://mcp.test/mcp?x',
    'https://mcp.test/mcp#',
    'https://mcp.test:443/mcp',
    'http://mcp.test/mcp',
    'https://mcp.test./mcp',
    'https://mcp.test/%6dcp',
    'https://mcp.test/./mcp',
    'https://a@mcp.test/mcp',
    'https://mcp.test/mcp ',
    'https://evilmcp.test/mcp',
    'https://q.test/a?x=',
    'https://api.test//',
    '',
    '/',
    'api.test',
  ])('knows no %j', (requested) => {
    expect(findResource(known, requested)).toBeUndefined()
  })

  it('prefers the exact spelling', () => {
    const both = ['https://mcp.test/a/', 'https://mcp.test/a']
    expect(findResource(both, 'https://mcp.test/a')).toBe('https://mcp.test/a')
  })

  it('forgives nothing but case in scheme and host, and one slash', () => {
    const character = fc.constantFrom(...'abAB/:.?#%@&='.split(''))
    const tail = fc.array(character, { maxLength: 5 }).map((characters) => characters.join(''))
    fc.assert(
      fc.property(tail, tail, (a, b) => {
        const [one, other] = [`https://mcp.test/x${a}`, `https://mcp.test/x${b}`]
        const [shorter = '', longer] = [one, other].sort((x, y) => x.length - y.length)
        // A path that ends in two slashes has an empty segment, which is no matter of spelling.
        const isSlash = !shorter.endsWith('/') && `${shorter}/` === longer
        const isSame = one === other || (!`${a}${b}`.includes('?') && isSlash)
        expect(findResource([one], other)).toBe(isSame ? one : undefined)
      }),
      { numRuns: 3000 },
    )
  })
})

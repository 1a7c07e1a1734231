import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import { parseSettings } from '../settings.ts'
import { mountedResource, mountOptions } from './from-settings.ts'
import { mcpSettings, serverSettings } from './settings.ts'

const place = {
  name: 'files',
  issuer: 'https://as.test/',
  readEnv: (name: string) => (name === 'TOKEN' ? 't0ps3cret' : undefined),
}
const http = { url: 'http://10.0.0.5:3000/mcp' }
const stdio = { command: ['npx', '-y', 'server'] }

describe('The mcp section', () => {
  it.each([
    ['neither url nor command', {}],
    ['both', { ...http, ...stdio }],
    ['an empty command', { command: [] }],
    ['a command line', { command: 'npx server' }],
    ['a url of another kind', { url: 'file:///etc/passwd' }],
    ['an unknown name', { ...http, tool: {} }],
    ['a scope with a space', { ...http, tools: { a: ['x y'] } }],
    ['true for a tool', { ...http, tools: { a: true } }],
    ['identity for a command', { ...stdio, identity: { 'X-User': 'subject' } }],
    ['share for a url', { ...http, share: 'all' }],
    ['a variable that is no name', { ...stdio, env: { 'A-B': 'x' } }],
    ['a secret file as a variable', { ...stdio, env: { A: { file: '/x' } } }],
    ['a revision nobody knows', { ...http, minRevision: '2024-11-05' }],
  ])('refuses %s', (_, settings) => {
    expect(() => parseSettings(serverSettings, settings)).toThrow(ConfigError)
  })

  it.each([
    'Authorization',
    'cookie',
    'Host',
    'Content-Length',
    'Mcp-Session-Id',
    'Mcp-Param-User',
    'Transfer-Encoding',
    'X User',
    'X-User\r\nX',
    'X_User',
  ])('refuses to tell an identity in %j', (name) => {
    const settings = { ...http, identity: { [name]: 'subject' } }
    expect(() => parseSettings(serverSettings, settings)).toThrow(ConfigError)
  })

  it.each(['Files', 'a/b', '..', 'a.b', '', 'a b', '-a', 'a'.repeat(64)])(
    'refuses the name %j',
    (name) => {
      expect(() => parseSettings(mcpSettings, { [name]: http })).toThrow(ConfigError)
    },
  )

  it('hands on a variable by reference only', () => {
    const env = { LITERAL: '$TOKEN %TOKEN%', REFERRED: { env: 'TOKEN' } }
    const settings = parseSettings(serverSettings, { ...stdio, env })
    expect(mountOptions(settings, place).upstream).toMatchObject({
      env: { LITERAL: '$TOKEN %TOKEN%', REFERRED: 't0ps3cret' },
    })
  })

  it('names the setting whose variable is not set, and no value', () => {
    const settings = parseSettings(serverSettings, { ...stdio, env: { A: { env: 'GONE' } } })
    expect(() => mountOptions(settings, place)).toThrowError(
      expect.objectContaining({ path: 'mcp.files.env.A' }),
    )
  })

  it('mounts at ISSUER/mcp/NAME with one scope for all tools', () => {
    const settings = parseSettings(serverSettings, http)
    expect(mountOptions(settings, place)).toMatchObject({
      resource: 'https://as.test/mcp/files',
      tools: { '*': ['mcp:tools'] },
      upstream: http,
    })
    expect(mountedResource(settings, place)).toEqual({
      resource: 'https://as.test/mcp/files',
      name: 'files',
      scopes: [{ scope: 'mcp:tools', description: 'use its tools', risk: 'change' }],
      baseline: ['mcp:tools'],
    })
  })

  it('describes every scope, and says of those nobody described which tools they open', () => {
    const settings = parseSettings(serverSettings, {
      ...http,
      title: 'Files',
      tools: { write_file: ['files:write'], rm: false, '*': ['files:read'] },
      scopes: {
        'files:read': 'read your files',
        'files:all': {
          description: 'do anything',
          risk: 'delete',
          roles: ['admin'],
          includes: ['files:write', 'files:read'],
        },
      },
    })
    expect(mountedResource(settings, place)).toEqual({
      resource: 'https://as.test/mcp/files',
      name: 'Files',
      scopes: [
        { scope: 'files:write', description: 'use write_file', risk: 'change' },
        { scope: 'files:read', description: 'read your files', risk: 'change' },
        {
          scope: 'files:all',
          description: 'do anything',
          risk: 'delete',
          roles: ['admin'],
          includes: ['files:write', 'files:read'],
        },
      ],
      baseline: ['files:read'],
    })
  })
})

/** What an operator is told of a mistake. */
const messageFor = (input: unknown): string => {
  try {
    parseSettings(mcpSettings, input)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return expect.fail('it should have been refused')
}

describe('A mistake in the settings is named where it is', () => {
  it.each([
    [{ a: { ...stdio, tolls: {} } }, 'a.tolls: is not a setting. Did you mean “tools”?'],
    [{ a: { url: 'http://x.test/', sesions: {} } }, 'Did you mean “sessions”?'],
    [{ a: { ...stdio, sessions: { idel: 1 } } }, 'Did you mean “idle”?'],
    [{ a: { ...stdio, tools: { x: 'y' } } }, 'a.tools.x: '],
    [{ a: { ...stdio, tools: { x: ['y z'] } } }, 'a.tools.x.0: must be a scope'],
    [{ a: { ...stdio, scopes: { x: { descripton: 'y' } } } }, 'Did you mean “description”?'],
    [{ a: { ...stdio, scopes: { x: { description: 'y', risk: 'z' } } } }, 'a.scopes.x.risk: '],
    [{ a: { ...stdio, sessions: { idle: 1 } } }, 'a.sessions.idle: '],
    [{ A: stdio }, 'A: must be of lower case, digits and hyphens.'],
    [{ a: {} }, 'a: Must have either a "url" or a "command".'],
    [{ a: { ...stdio, url: 'http://x.test/' } }, 'a'],
    [{ a: 'server' }, 'a: Must have either a "url" or a "command".'],
  ])('%j', (input, message) => {
    expect(messageFor(input)).toContain(message)
  })

  it('without a word of the value, which may be a secret', () => {
    const secret = 't0ps3cret'
    for (const input of [{ a: secret }, { a: { ...stdio, env: { KEY: [secret] } } }]) {
      expect(messageFor(input)).not.toContain(secret)
    }
  })
})

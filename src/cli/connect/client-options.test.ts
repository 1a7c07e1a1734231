import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { readClientFlags, type SignInFlags, withSignInFlags } from './client-options.ts'

/** What options on a command line mean. */
function read(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = withSignInFlags(new Command()).exitOverride()
  command.parse([...args], { from: 'user' })
  return readClientFlags(command.opts<SignInFlags>(), env)
}

const info = '--static-oauth-client-info'

describe('readClientFlags', () => {
  it('asks for nothing that was not said', () => {
    const { wishes, parameters, warnings } = read([])
    const said = Object.entries(wishes).filter(([, value]) => value !== undefined)
    expect(said).toEqual([['account', 'default']])
    expect({ parameters, warnings }).toEqual({ parameters: {}, warnings: [] })
  })

  it('takes scopes one by one and many at once', () => {
    expect(read(['--scope', 'a b', '--scope', 'c']).wishes.scope).toEqual(['a', 'b', 'c'])
    const metadata = [
      '--static-oauth-client-metadata',
      '{"scope":"a b","client_uri":"https://x.test"}',
    ]
    expect(read(metadata).wishes).toMatchObject({
      scope: ['a', 'b'],
      metadata: { client_uri: 'https://x.test' },
    })
  })

  it('takes a secret from JSON with a variable, from a file, and from the command line with a warning', () => {
    const directory = mkdtempSync(join(tmpdir(), 'warder-flags-'))
    const file = join(directory, 'info.json')
    writeFileSync(file, '{"client_id":"app","client_secret":"canary"}')
    const variable = read([info, `{"client_id":"app","client_secret":"\${S}"}`], { S: 'can"ary' })
    const inFile = read([info, `@${file}`])
    const inline = read([info, '{"client_id":"app","client_secret":"canary"}'])
    rmSync(directory, { recursive: true })
    expect(variable.wishes.clientSecret?.reveal('test')).toBe('can"ary')
    for (const { wishes } of [inFile, inline]) {
      expect(wishes.clientId).toBe('app')
      expect(wishes.clientSecret?.reveal('test')).toBe('canary')
    }
    expect([variable, inFile, inline].map(({ warnings }) => warnings.length)).toEqual([0, 0, 1])
    expect(JSON.stringify([inline, variable])).not.toMatch(/can.?.?ary/)
  })

  it('adds to the authorization request what a provider wants, and nothing that is not its own', () => {
    const given = ['--authorize-param', 'prompt=consent', '--authorize-param', 'a=b=c']
    expect(read(given).parameters).toEqual({ prompt: 'consent', a: 'b=c' })
    for (const name of [
      'state',
      'code_challenge',
      'redirect_uri',
      'client_id',
      'nonce',
      'resource',
    ]) {
      expect(() => read(['--authorize-param', `${name}=x`])).toThrowError(/--authorize-param/)
    }
  })

  it.each([
    [info, 'no json'],
    [info, '[]'],
    [info, '{"client_id":"a","client_id":"b"}'],
    [info, '@/nonexistent'],
    [info, `{"client_id":"\${MISSING}"}`],
    ['--authorize-param', 'nothing'],
    ['--client-secret-file', '/nonexistent'],
    ['--client-secret-env', 'MISSING_VARIABLE'],
  ])('refuses %s %s, without repeating it', (option, value) => {
    expect(() => read([option, value])).toThrowError(
      expect.objectContaining({ code: 'config_error', message: expect.stringContaining(option) }),
    )
  })

  it('refuses a secret that may be any client’s, and a service without one', () => {
    const file = fileURLToPath(import.meta.url)
    expect(() => read(['--client-secret-file', file])).toThrowError(/^--client-id: is missing/)
    expect(() => read(['--client-id', 'app', '--client-credentials'])).toThrowError(
      /^--client-credentials: needs the secret/,
    )
    expect(read(['--client-id', 'app', '--client-secret-file', file]).wishes.clientId).toBe('app')
  })

  it.each(['--no-resource-parameter', '--disable-resource-parameter'])('takes %s', (option) => {
    expect(read([option]).wishes.sendsResource).toBe(false)
  })
})

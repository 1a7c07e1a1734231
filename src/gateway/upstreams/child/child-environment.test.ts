import { describe, expect, it } from 'vitest'
import { childEnvironment } from './child-environment.ts'

const parent = {
  PATH: '/bin',
  HOME: '/home/a',
  LANG: 'C',
  LC_ALL: 'C',
  LC_all: 'x',
  TMPDIR: '/tmp',
  TZ: 'UTC',
  WARDER_KEK: 'secret',
  DATABASE_URL: 'secret',
  NODE_OPTIONS: '--inspect',
  LD_PRELOAD: 'x.so',
  Path: 'C:\\bin',
  SystemRoot: 'C:\\Windows',
}

describe('childEnvironment', () => {
  it('inherits the allow-list and nothing else', () => {
    expect(childEnvironment({ parent, configured: {}, windows: false })).toEqual({
      PATH: '/bin',
      HOME: '/home/a',
      LANG: 'C',
      LC_ALL: 'C',
      TMPDIR: '/tmp',
      TZ: 'UTC',
    })
  })

  it('lets the configuration decide, and expands nothing in it', () => {
    const configured = { PATH: '/opt/bin', KEY: '$WARDER_KEK $(id) %WARDER_KEK%' }
    expect(childEnvironment({ parent: { PATH: '/bin' }, configured, windows: false })).toEqual(
      configured,
    )
  })

  it('leaves out what the parent does not have', () => {
    const sources = { parent: { PATH: undefined }, configured: {}, windows: false }
    expect(childEnvironment(sources)).toEqual({})
  })

  it('knows names without regard to case on Windows, where programs need a few more', () => {
    const windowsParent = { Path: 'C:\\bin', SystemRoot: 'C:\\Windows', Kek: 'secret' }
    const sources = { parent: windowsParent, configured: { PATH: 'D:\\bin' }, windows: true }
    expect(childEnvironment(sources)).toEqual({ PATH: 'D:\\bin', SystemRoot: 'C:\\Windows' })
  })

  it('treats __proto__ as a name like any other', () => {
    const configured: Record<string, string> = JSON.parse('{"__proto__":"x"}')
    const made = childEnvironment({ parent: {}, configured, windows: false })
    expect(Object.entries(made)).toEqual([['__proto__', 'x']])
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../run.ts'

const data = mkdtempSync(join(tmpdir(), 'warder-apikey-'))
afterAll(() => rmSync(data, { recursive: true }))
const installation = ['--data', data]

let written: { stdout: string; stderr: string }
beforeEach(() => {
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

async function typeAny(...args: readonly string[]) {
  written = { stdout: '', stderr: '' }
  const code = await run([...args, ...installation])
  return { code, ...written }
}

/** Types a command, and answers what it printed. */
async function type(...args: readonly string[]) {
  return typeAny('apikey', ...args)
}

/** Makes a key, and gives it with its id. */
async function create(...args: readonly string[]) {
  const { code, stdout, stderr } = await type('create', 'ci', ...args)
  expect(code, stderr).toBe(0)
  const key = stdout.trim()
  return { key, id: key.split('_')[2] ?? '' }
}

/** Verifies what is in a file. */
async function verify(key: string, ...args: readonly string[]) {
  const file = join(data, 'key')
  writeFileSync(file, `${key}\n`)
  return type('verify', file, ...args)
}

const json = (text: string) => JSON.parse(text)

describe('warder apikey create', () => {
  it('prints the key and nothing else; what there is to say is on standard error', async () => {
    const { code, stdout, stderr } = await type('create', 'ci', '--scope', 'files:read')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^wdr_live_\w{16}_\w{49}\n$/)
    expect(stderr).toContain('never, until you revoke it')
    expect(stderr).toContain('cannot be shown again')
    expect(stderr).not.toContain(stdout.trim())
  })

  it('takes what a key may be held to', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 0, 1))
    const { id: owner } = json((await typeAny('user', 'add', 'alice@example.com', '--json')).stdout)
    const { code, stdout, stderr } = await type(
      ...['create', 'nightly', '--owner', 'alice@example.com', '--role', 'editor'],
      ...['--scope', 'files:read', '--scope', 'files:write', '--resource', 'https://api.test/'],
      ...['--network', '10.0.0.0/8', '--rate', '10/s', '--expires', '90d', '--json'],
    )
    expect(code, stderr).toBe(0)
    expect(json(stdout)).toMatchObject({
      key: expect.stringMatching(/^wdr_live_/),
      ...{ name: 'nightly', owner, expiresAt: Date.UTC(2026, 3, 1) },
      allows: {
        scopes: ['files:read', 'files:write'],
        roles: ['editor'],
        resources: ['https://api.test/'],
        networks: ['10.0.0.0/8'],
        rate: { perMinute: 600, burst: 10 },
      },
    })
  })

  it.each([
    [2, ['--rate', 'often'], '--rate'],
    [2, ['--rate', '0/m'], '--rate'],
    [2, ['--expires', 'soon'], '--expires'],
    [1, ['--expires', '2020-01-01'], 'future'],
    [1, ['--network', '10.0.0.0/40'], 'not a network'],
    [1, ['--owner', 'nobody@example.com'], 'warder user list'],
    [2, ['--nonsense'], 'unknown option'],
  ])('exits with %i for %j', async (expected, args, says) => {
    const { code, stdout, stderr } = await type('create', 'ci', ...args)
    expect(code).toBe(expected)
    expect(stderr).toContain(says)
    expect(stdout).toBe('')
  })
})

describe('warder apikey verify', () => {
  it('reads a file, and says what the key is and never the key', async () => {
    const { key, id } = await create('--scope', 'files:read')
    const { code, stdout, stderr } = await verify(key)
    expect(code).toBe(0)
    for (const word of ['good', id, 'ci', 'files:read', `apikey:${id}`]) {
      expect(stdout).toContain(word)
    }
    expect(stdout + stderr).not.toContain(key)
  })

  it('reads API_KEY, and says so', async () => {
    const { key, id } = await create()
    vi.stubEnv('API_KEY', key)
    const { code, stdout, stderr } = await type('verify', '--json')
    expect(code).toBe(0)
    expect(json(stdout)).toMatchObject({ valid: true, id })
    expect(stderr).toContain('API_KEY')
  })

  it('is 1 for a key that is not good, and says why', async () => {
    const { key, id } = await create()
    await type('revoke', id)
    const { code, stdout, stderr } = await verify(key, '--json')
    expect(code).toBe(1)
    expect(json(stdout)).toEqual({ valid: false, reason: `API key ${id}: revoked` })
    expect(stderr).toContain('revoked')
    expect((await verify(key.slice(0, -1))).code).toBe(1)
    expect((await verify('')).code).toBe(1)
  })

  it('takes no key as an argument, and does not repeat it', async () => {
    const { key } = await create()
    for (const args of [
      ['verify', key],
      ['revoke', key],
      ['rotate', key.toUpperCase()],
    ]) {
      const { code, stdout, stderr } = await type(...args)
      expect(code).toBe(2)
      expect(stderr).toContain('history of the shell')
      expect((stdout + stderr).toLowerCase()).not.toContain(key.slice(26).toLowerCase())
    }
  })

  it('is 2 for a file that is not there', async () => {
    expect((await type('verify', join(data, 'nothing'))).code).toBe(2)
  })
})

describe('warder apikey rotate', () => {
  it('prints the next key alone; the old one works for the overlap', async () => {
    const { key, id } = await create()
    const { code, stdout, stderr } = await type('rotate', id, '--overlap', '1h')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^wdr_live_\w{16}_\w{49}\n$/)
    expect(stderr).toContain('The old one works until')
    for (const each of [key, stdout.trim()]) expect((await verify(each)).code).toBe(0)
  })

  it('without an overlap ends the old one', async () => {
    const { key, id } = await create()
    await type('rotate', id, '--overlap', '0s', '--json')
    expect((await verify(key)).code).toBe(1)
  })

  it.each([
    [1, ['nobody'], 'no API key'],
    [2, ['nobody', '--overlap', '-1h'], '--overlap'],
    [2, ['nobody', '--overlap', 'long'], '--overlap'],
  ])('exits with %i for %j', async (expected, args, says) => {
    const { code, stderr } = await type('rotate', ...args)
    expect(code).toBe(expected)
    expect(stderr).toContain(says)
  })
})

describe('warder apikey list and revoke', () => {
  it('show what became of each key, and no hash', async () => {
    const { id } = await create('--scope', 'files:read')
    const { id: rotated } = await create()
    await type('rotate', rotated)
    expect((await type('revoke', id)).stdout).toContain(`Revoked ${id}`)
    expect((await type('revoke', id)).stdout).toContain('already')
    const { stdout } = await type('list')
    expect(stdout).toMatch(new RegExp(`^${id} .*files:read.* revoked$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${rotated} .* good, and the old one until`, 'm'))
    const listed = json((await type('list', '--json')).stdout)
    expect(listed.find((each: { id: string }) => each.id === id)).not.toHaveProperty('hash')
    expect((await type('revoke', 'nobody')).code).toBe(1)
  })
})

describe('warder apikey', () => {
  it.each(['create', 'list', 'rotate', 'revoke', 'verify'])(
    '%s --help has an example',
    async (name) => {
      const { code, stdout } = await type(name, '--help')
      expect(code).toBe(0)
      expect(stdout).toMatch(/Examples?:\n {2}\$ .*warder apikey/)
    },
  )
})

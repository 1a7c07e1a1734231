/** Where a client keeps grants: the contract, and the sealed files that all processes of a user share. */

import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type GrantKey,
  type GrantStore,
  grantsDirectory,
  type KeptGrant,
  type Keychain,
  type RunProgram,
  type SealedGrantsOptions,
  sealedGrantStore,
  systemKeychain,
} from 'warder/client'
import { fakePlatform, grantStoreContract } from 'warder/testing'
import { Secret } from 'warder/vault'

let scratch = ''
let made = 0
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'warder-grants-'))
})
afterAll(() => rm(scratch, { recursive: true }))

const newDirectory = () => join(scratch, `${++made}`)

const open = (directory: string, options: Partial<SealedGrantsOptions> = {}): GrantStore =>
  sealedGrantStore({ directory, ...options })

const KEY: GrantKey = {
  issuer: 'https://as.test',
  clientId: 'client',
  resource: 'https://api.test/',
  account: 'default',
}

const grant = (accessToken: string, key = KEY): KeptGrant => ({
  key,
  tokenEndpoint: 'https://as.test/token',
  tokenType: 'Bearer',
  accessToken: new Secret(accessToken),
  scopes: [],
  givenAt: 0,
})

const keep = (store: GrantStore, one: KeptGrant) =>
  store.decide(one.key, async () => ({ keep: one }))

const tokenIn = async (store: GrantStore, key = KEY) =>
  (await store.grant(key))?.accessToken.reveal('comparing it')

const keyOf = (seed: number) =>
  new Secret(Uint8Array.from({ length: 32 }, (_, at) => at * 7 + seed))

/** A keychain that can be locked. */
function keychain(): Keychain & { isLocked: boolean; readonly items: Map<string, Uint8Array> } {
  const items = new Map<string, Uint8Array>()
  return {
    name: 'the keychain of the test',
    isLocked: false,
    items,
    async find(account) {
      if (this.isLocked) return 'unreachable'
      const item = items.get(account)
      return item === undefined ? 'absent' : new Secret(item)
    },
    async keep(account, key) {
      if (!this.isLocked) items.set(account, key.reveal('keeping it'))
    },
  }
}

/** The store is refused with a sentence like this. */
const unusable = (sentence: RegExp) =>
  expect.objectContaining({
    name: 'ClientError',
    code: 'store_unusable',
    message: expect.stringMatching(sentence),
  })

describe('The contract of grant stores on sealed files', () => {
  it.each(grantStoreContract())('$name', async ({ run }) => {
    const store = open(newDirectory(), { platform: fakePlatform() })
    await run(store)
    await store.close()
  })
})

describe('Sealed files', () => {
  it('are shared by all stores on a directory, also at once', async () => {
    const directory = newDirectory()
    const [one, two] = [open(directory), open(directory)]
    const count = (store: GrantStore) =>
      store.decide(KEY, async (kept) => {
        const seen = Number(kept?.accessToken.reveal('counting') ?? 0)
        return { keep: grant(`${seen + 1}`) }
      })
    await Promise.all(Array.from({ length: 10 }, () => [count(one), count(two)]).flat())
    expect([await tokenIn(one), await tokenIn(two)]).toEqual(['20', '20'])
  })

  it('let one grant be damaged without harm to another, and name the file', async () => {
    const directory = newDirectory()
    const store = open(directory)
    const other = { ...KEY, account: 'other' }
    await keep(store, grant('at-other', other))
    const before = await readdir(directory)
    await keep(store, grant('at-1'))
    const file = (await readdir(directory)).find(
      (name) => name.endsWith('.grant') && !before.includes(name),
    )
    const path = join(directory, file ?? '')
    const whole = await readFile(path, 'utf8')
    const damages = [
      '',
      whole.slice(0, -20),
      whole.replace(/.{4}"}/, 'AAAA"}'),
      'null',
      '{"version":1}',
      await readFile(join(directory, before.find((name) => name.endsWith('.grant')) ?? ''), 'utf8'),
    ]
    for (const damage of damages) {
      await writeFile(path, damage)
      const refusal = unusable(new RegExp(`${file} is damaged.*remove it and sign in again`))
      await expect(store.grant(KEY)).rejects.toThrow(refusal)
      await expect(keep(store, grant('at-2'))).rejects.toThrow(refusal)
      await expect(store.grants()).rejects.toThrow(refusal)
      expect(await readFile(path, 'utf8')).toBe(damage)
      expect(await tokenIn(store, other)).toBe('at-other')
    }
    await rm(path)
    expect(await tokenIn(store)).toBeUndefined()
  })

  it('are not touched if a later version wrote them', async () => {
    const directory = newDirectory()
    const store = open(directory)
    await keep(store, grant('at-1'))
    const file = (await readdir(directory)).find((name) => name.endsWith('.grant')) ?? ''
    const later = '{"version":2,"sealed":{"form":"unheard of"}}'
    await writeFile(join(directory, file), later)
    const refusal = unusable(/written by a later version/)
    await expect(keep(store, grant('at-2'))).rejects.toThrow(refusal)
    const forgetting = store.decide(KEY, async () => ({ forget: true }))
    await expect(forgetting).rejects.toThrow(refusal)
    expect(await readFile(join(directory, file), 'utf8')).toBe(later)

    const marker = join(directory, 'store.json')
    await writeFile(marker, '{"version":2}')
    await expect(open(directory).grants()).rejects.toThrow(refusal)
    expect(await readFile(marker, 'utf8')).toBe('{"version":2}')
  })

  it('keep what another kept meanwhile, should the lock have been taken away', async () => {
    const directory = newDirectory()
    const [slow, quick] = [open(directory), open(directory)]
    await keep(slow, grant('at-1'))
    const decided = await slow.decide(KEY, async () => {
      const locks = (await readdir(directory)).filter((name) => /^[0-9a-f]+\.lock$/.test(name))
      for (const lock of locks) await rm(join(directory, lock))
      await keep(quick, grant('at-newer'))
      return { keep: grant('at-late') }
    })
    expect(decided?.accessToken.reveal('comparing it')).toBe('at-newer')
    expect(await tokenIn(quick)).toBe('at-newer')
    const forgotten = await slow.decide(KEY, async () => {
      const locks = (await readdir(directory)).filter((name) => /^[0-9a-f]+\.lock$/.test(name))
      for (const lock of locks) await rm(join(directory, lock))
      await keep(quick, grant('at-newest'))
      return { forget: true }
    })
    expect(forgotten?.accessToken.reveal('comparing it')).toBe('at-newest')
  })

  it('are not written with a key that the directory has no more', async () => {
    const directory = newDirectory()
    const store = open(directory)
    const deciding = store.decide(KEY, async () => {
      await rm(directory, { recursive: true })
      return { keep: grant('at-1') }
    })
    await expect(deciding).rejects.toThrow(unusable(/was begun anew meanwhile/))
    await keep(store, grant('at-2'))
    expect(await tokenIn(open(directory))).toBe('at-2')
  })

  it('are given up on if another does not come to its end', async () => {
    const directory = newDirectory()
    const [holder, waiting] = [open(directory), open(directory, { patience: 20 })]
    await holder.decide(KEY, async () => {
      await expect(keep(waiting, grant('at-1'))).rejects.toThrow(
        expect.objectContaining({ code: 'timed_out', message: expect.stringMatching(/0\.02 s/) }),
      )
      expect(await tokenIn(waiting)).toBeUndefined()
      return { leave: true }
    })
    await keep(waiting, grant('at-2'))
    expect(await tokenIn(holder)).toBe('at-2')
  })

  it('are closed when the last decision has ended', async () => {
    const store = open(newDirectory())
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const kept: string[] = []
    const begun = new Promise<void>((resolve) => {
      const deciding = store.decide(KEY, async () => {
        resolve()
        await ended
        return { keep: grant('at-1') }
      })
      deciding.then(() => kept.push('at-1'))
    })
    await begun
    const closing = store.close()
    await expect(store.grant(KEY)).rejects.toThrow(unusable(/closed/))
    end()
    await closing
    expect(kept).toEqual(['at-1'])
  })

  it('take no grant of another key', async () => {
    const store = open(newDirectory())
    const other = grant('at-1', { ...KEY, account: 'other' })
    await expect(store.decide(KEY, async () => ({ keep: other }))).rejects.toThrow(TypeError)
    expect(await store.grants()).toEqual([])
  })
})

describe('The key that seals', () => {
  it('is the one that is given, and no other', async () => {
    const directory = newDirectory()
    await keep(open(directory, { key: keyOf(1) }), grant('at-1'))
    expect(await tokenIn(open(directory, { key: keyOf(1) }))).toBe('at-1')
    await expect(open(directory, { key: keyOf(2) }).grant(KEY)).rejects.toThrow(
      unusable(/was sealed with the key [\w-]{11}, and this is [\w-]{11}\. Give it the key/),
    )
    await expect(open(directory).grant(KEY)).rejects.toThrow(unusable(/a key that its user keeps/))
    expect(await readdir(directory)).not.toContain('store.key')
  })

  it('has 32 bytes, and its directory an absolute path', () => {
    const short = new Secret(new Uint8Array(16))
    expect(() => open('/tmp/x', { key: short })).toThrow(/key: must have 32 bytes/)
    expect(() => open('tokens')).toThrow(/directory: must be an absolute path/)
  })

  it('is kept in the keychain, where there is one', async () => {
    const directory = newDirectory()
    const chain = keychain()
    await keep(open(directory, { keychain: chain }), grant('at-1'))
    expect(chain.items.size).toBe(1)
    expect(await readdir(directory)).not.toContain('store.key')
    expect(await tokenIn(open(directory, { keychain: chain }))).toBe('at-1')
    await keep(open(newDirectory(), { keychain: chain }), grant('at-2'))
    expect(chain.items.size).toBe(2)
  })

  it('is not replaced while its keychain is locked or gone', async () => {
    const directory = newDirectory()
    const chain = keychain()
    await keep(open(directory, { keychain: chain }), grant('at-1'))
    const files = await readdir(directory)
    chain.isLocked = true
    const refusal = unusable(/has its key in the keychain of the .* Unlock it/)
    await expect(open(directory, { keychain: chain }).grants()).rejects.toThrow(refusal)
    await expect(keep(open(directory), grant('at-2'))).rejects.toThrow(refusal)
    chain.isLocked = false
    chain.items.clear()
    const lost = open(directory, { keychain: chain }).grant(KEY)
    await expect(lost).rejects.toThrow(unusable(/the keychain of the test, .* if the key is gone/))
    expect(await readdir(directory)).toEqual(files)
  })

  it('is kept in a file, where the keychain keeps nothing', async () => {
    const directory = newDirectory()
    const chain = keychain()
    chain.isLocked = true
    await keep(open(directory, { keychain: chain }), grant('at-1'))
    expect(await readFile(join(directory, 'store.key'), 'utf8')).toMatch(/^[\w-]{43}\n$/)
    chain.isLocked = false
    expect(await tokenIn(open(directory, { keychain: chain }))).toBe('at-1')
    expect(chain.items.size).toBe(0)
  })

  it('is missed if its file is gone, and not made anew', async () => {
    const directory = newDirectory()
    await keep(open(directory), grant('at-1'))
    await rm(join(directory, 'store.key'))
    const refusal = unusable(/store\.key does not hold the key any more.*begin anew by removing/)
    await expect(open(directory).grant(KEY)).rejects.toThrow(refusal)
    await writeFile(join(directory, 'store.key'), 'no key', { mode: 0o600 })
    await expect(open(directory).grant(KEY)).rejects.toThrow(refusal)
    await writeFile(join(directory, 'store.json'), '{"version":1}')
    await expect(open(directory).grant(KEY)).rejects.toThrow(unusable(/store\.json is damaged/))
  })

  it('is one, however many begin a directory at once', async () => {
    const directory = newDirectory()
    const stores = Array.from({ length: 10 }, () => open(directory))
    await Promise.all(
      stores.map((store, at) => keep(store, grant(`at-${at}`, { ...KEY, account: `${at}` }))),
    )
    expect(await open(directory).grants()).toHaveLength(10)
  })
})

describe('The directory of a user', () => {
  const where = (os: string, env: Readonly<Record<string, string>> = {}) =>
    grantsDirectory({
      os,
      home: os === 'win32' ? 'C:\\Users\\me' : '/home/me',
      readEnv: (n) => env[n],
    })

  it.each([
    ['linux', {}, '/home/me/.local/state/warder'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/warder'],
    ['linux', { XDG_STATE_HOME: 'here' }, '/home/me/.local/state/warder'],
    ['linux', { XDG_STATE_HOME: '' }, '/home/me/.local/state/warder'],
    ['darwin', {}, '/home/me/Library/Application Support/warder'],
    ['darwin', { XDG_STATE_HOME: '/state' }, '/state/warder'],
    ['win32', {}, 'C:\\Users\\me\\AppData\\Local\\warder'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'D:\\Local\\warder'],
  ])('is on %s with %o %s', (os, env, directory) => {
    expect(where(os, env)).toBe(directory)
  })
})

describe('The keychain of a system', () => {
  /** A program that answers from a script, and what it was asked. */
  function programs(answer: (line: string, input: string) => readonly [number, string, string?]) {
    const asked: { readonly line: string; readonly input: string }[] = []
    return {
      asked,
      run: async ({
        path,
        args,
        input,
      }: {
        path: string
        args: readonly string[]
        input: string
      }) => {
        const line = [path, ...args].join(' ')
        asked.push({ line, input })
        const [exitCode, stdout, stderr = ''] = answer(line, input)
        return { exitCode, stdout, stderr }
      },
    }
  }

  const bus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' }
  const text = Buffer.from(keyOf(1).reveal('the test')).toString('base64url')

  const chainOf = (os: string, run: RunProgram, directory = '/nowhere') =>
    systemKeychain({
      ...{ os, directory, run },
      readEnv: (name) => new Map(Object.entries(bus)).get(name),
    })

  it('is not there without a bus, or on a system that has none', () => {
    const { run } = programs(() => [0, ''])
    const none = { directory: '/nowhere', run, readEnv: () => undefined }
    expect(systemKeychain({ os: 'linux', ...none })).toBeUndefined()
    expect(systemKeychain({ os: 'aix', ...none })).toBeUndefined()
  })

  it('keeps a key and gives it back on each system, and shows it in no argument', async () => {
    const dpapi = newDirectory()
    await keep(open(dpapi), grant('at-1'))
    for (const os of ['linux', 'darwin', 'win32']) {
      let stored = ''
      const { run, asked } = programs((line, input) => {
        const isEncoded = / -EncodedCommand (\S+)$/.exec(line)?.[1]
        const script = isEncoded ? Buffer.from(isEncoded, 'base64').toString('utf16le') : ''
        if (script.includes('::Protect('))
          return [0, `${input.trim().split('').reverse().join('')}\r\n`]
        if (script.includes('::Unprotect(')) return [0, input.trim().split('').reverse().join('')]
        if (line.endsWith(' -i')) stored = / -w (\S+)\n$/.exec(input)?.[1] ?? ''
        if (line.startsWith('secret-tool store ')) stored = input
        return stored === '' ? [os === 'darwin' ? 44 : 1, ''] : [0, stored]
      })
      const chain = chainOf(os, run, dpapi)
      expect(await chain?.find('store-1')).toBe('absent')
      await chain?.keep('store-1', keyOf(1))
      const found = await chain?.find('store-1')
      expect(found).toBeInstanceOf(Secret)
      expect(found instanceof Secret && Buffer.from(found.reveal('comparing it'))).toEqual(
        Buffer.from(keyOf(1).reveal('comparing it')),
      )
      const base64 = Buffer.from(text).toString('base64')
      const lines = asked.map(({ line }) => line).join('\n')
      expect([lines.includes(text), lines.includes(base64)]).toEqual([false, false])
    }
  })

  it.each([
    ['linux', 1, '', 'secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY'],
    ['linux', 0, 'not a key', ''],
    ['linux', undefined, '', ''],
    ['darwin', 36, '', 'User interaction is not allowed.'],
    ['darwin', 0, 'not a key', ''],
  ])(
    'is unreachable on %s if its program ends with %s, %o, %o',
    async (os, exitCode, stdout, stderr) => {
      const chain = chainOf(os, async () => ({ exitCode, stdout, stderr }))
      expect(await chain?.find('store-1')).toBe('unreachable')
    },
  )

  it('is unreachable if Windows does not open what it sealed', async () => {
    const directory = newDirectory()
    await keep(open(directory), grant('at-1'))
    await writeFile(join(directory, 'store-1.dpapi'), 'sealed', { mode: 0o600 })
    const chain = chainOf(
      'win32',
      async () => ({ exitCode: 1, stdout: '', stderr: 'no' }),
      directory,
    )
    expect(await chain?.find('store-1')).toBe('unreachable')
  })

  it('is asked by a program without a shell, with little of the environment', async () => {
    const bin = newDirectory()
    await keep(open(bin), grant('at-1'))
    const program = join(bin, 'secret-tool')
    await writeFile(
      program,
      '#!/bin/sh\n[ -z "$UPSTREAM_KEY" ] || exit 9\ncase $1 in store) cat >"$HOME/item";; lookup) [ -f "$HOME/item" ] || exit 1; cat "$HOME/item";; esac\n',
    )
    await chmod(program, 0o700)
    const env = new Map(
      Object.entries({ ...bus, PATH: `${bin}:/usr/bin:/bin`, HOME: bin, UPSTREAM_KEY: 'secret' }),
    )
    const chain = systemKeychain({
      ...{ os: 'linux', directory: bin },
      readEnv: (name) => env.get(name),
    })
    const directory = newDirectory()
    await keep(open(directory, { keychain: chain }), grant('at-1'))
    expect(await readdir(directory)).not.toContain('store.key')
    expect(await tokenIn(open(directory, { keychain: chain }))).toBe('at-1')
    env.set('PATH', '/nowhere')
    await expect(open(directory, { keychain: chain }).grants()).rejects.toThrow(unusable(/Unlock/))
  })
})

/** Attacks on what a client keeps, and accidents: in this process, and in several real ones. */

import { type ChildProcess, execFile, fork } from 'node:child_process'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type GrantKey, type KeptGrant, sealedGrantStore } from 'warder/client'
import { Secret } from 'warder/vault'
import { AS, callback, clientWorld, json } from './support/client-world.ts'
import { compiled } from './support/compiled.ts'

let scratch = ''
let made = 0
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'warder-kept-'))
})
afterAll(() => rm(scratch, { recursive: true }))

const KEY: GrantKey = {
  issuer: 'https://as.test',
  clientId: 'client',
  resource: 'https://api.test/',
  account: 'default',
}

/** A grant whose token has expired. */
const grant = (accessToken: string, refreshToken = 'rt'): KeptGrant => ({
  key: KEY,
  tokenEndpoint: 'https://as.test/token',
  tokenType: 'Bearer',
  accessToken: new Secret(accessToken),
  refreshToken: new Secret(refreshToken),
  expiresAt: 0,
  scopes: ['files:read'],
  label: 'canary-of-the-label',
  givenAt: 0,
})

/** A directory with a grant in it, and the paths of its files by their endings. */
async function begun(one = grant('at-1')) {
  const directory = join(scratch, `${++made}`)
  const store = sealedGrantStore({ directory, patience: 2_000 })
  await store.decide(KEY, async () => ({ keep: one }))
  await store.register({
    issuer: KEY.issuer,
    clientId: KEY.clientId,
    clientSecret: new Secret('canary-of-the-client-secret'),
    tokenEndpointAuthMethod: 'client_secret_basic',
    redirectUris: [],
  })
  const names = await readdir(directory)
  const find = (pattern: RegExp) =>
    join(directory, names.find((name) => pattern.test(name)) ?? 'missing')
  const files = {
    grant: find(/\.grant$/),
    marker: join(directory, 'store.json'),
    key: join(directory, 'store.key'),
  }
  return { directory, store, files, lock: files.grant.replace(/grant$/, 'lock') }
}

const keep = (directory: string, one: KeptGrant) =>
  sealedGrantStore({ directory, patience: 2_000 }).decide(KEY, async () => ({ keep: one }))

const tokenIn = async (directory: string) =>
  (await sealedGrantStore({ directory }).grant(KEY))?.accessToken.reveal('comparing it')

const unusable = (sentence: RegExp) =>
  expect.objectContaining({ code: 'store_unusable', message: expect.stringMatching(sentence) })

describe('What a client keeps, under attack', () => {
  afterEach(() => vi.restoreAllMocks())

  it('CL-20 is for its owner alone: files 0600 in a directory 0700, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      const { directory } = await begun()
      const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
      expect(await modeOf(directory)).toBe('700')
      for (const name of await readdir(directory)) {
        expect([name, await modeOf(join(directory, name))]).toEqual([name, '600'])
      }
    } finally {
      process.umask(umask)
    }
  })

  it.each(['grant', 'marker', 'key'] as const)(
    'CL-20 a planted link in the place of the %s is refused, and what it leads to untouched',
    async (which) => {
      const { directory, files } = await begun()
      const path = files[which]
      const elsewhere = join(scratch, `elsewhere-${++made}`)
      await rename(path, elsewhere)
      await symlink(elsewhere, path)
      const before = await readFile(elsewhere, 'utf8')
      const refusal = unusable(new RegExp(`${basename(path)} is no ordinary file of ours`))
      await expect(sealedGrantStore({ directory }).grants()).rejects.toThrow(refusal)
      await expect(keep(directory, grant('at-2'))).rejects.toThrow(refusal)
      expect(await readFile(elsewhere, 'utf8')).toBe(before)
    },
  )

  it('CL-20 a planted link in the place of the lock or of the directory is refused', async () => {
    const { directory, lock } = await begun()
    const elsewhere = join(scratch, `elsewhere-${++made}`)
    await writeFile(elsewhere, 'precious')
    await rm(lock)
    await symlink(elsewhere, lock)
    await expect(keep(directory, grant('at-2'))).rejects.toThrow(unusable(/lock is no ordinary/))
    expect(await readFile(elsewhere, 'utf8')).toBe('precious')

    const link = join(scratch, `link-${++made}`)
    await symlink(directory, link)
    await expect(keep(link, grant('at-2'))).rejects.toThrow(unusable(/link-\d+ is no directory/))
    expect(await tokenIn(directory)).toBe('at-1')
  })

  it('CL-20 what is no file, or no lock, is refused and does not hang', async () => {
    const { directory, files, lock } = await begun()
    await writeFile(lock, 'no lock, but something that somebody else wrote there'.repeat(20))
    await expect(keep(directory, grant('at-2'))).rejects.toThrow(unusable(/cannot be locked/))
    await rm(lock)
    await rm(files.grant)
    await promisify(execFile)('mkfifo', ['-m', '600', files.grant])
    await expect(keep(directory, grant('at-2'))).rejects.toThrow(unusable(/no ordinary file/))
    await rm(files.grant)
    await mkdir(files.grant)
    await expect(keep(directory, grant('at-2'))).rejects.toThrow(unusable(/no ordinary file/))
  })

  it('CL-20 what others can read or write is refused, with what to do', async () => {
    const { directory, files } = await begun()
    for (const path of Object.values(files)) {
      await chmod(path, 0o640)
      const sentence = `${basename(path)} is open to others than its owner. Run: chmod 600 .`
      await expect(sealedGrantStore({ directory }).grants()).rejects.toThrow(
        unusable(new RegExp(sentence)),
      )
      await chmod(path, 0o600)
    }
    await chmod(directory, 0o750)
    await expect(tokenIn(directory)).rejects.toThrow(unusable(/Run: chmod 700 /))
    await chmod(directory, 0o700)
    expect(await tokenIn(directory)).toBe('at-1')
  })

  it('CL-20 what belongs to another user is refused', async () => {
    const { directory } = await begun()
    const own = process.getuid?.() ?? 0
    const refusal = (path: string) => unusable(new RegExp(`${path} belongs to another user`))
    const uid = vi.spyOn(process, 'getuid').mockReturnValue(own + 1)
    await expect(tokenIn(directory)).rejects.toThrow(refusal(directory))
    // The directory is ours, and the first file in it is not.
    uid.mockReturnValueOnce(own)
    await expect(tokenIn(directory)).rejects.toThrow(refusal('store.json'))
  })

  it('CL-20 no grant is kept below wherever a program happens to start', () => {
    for (const directory of ['', '.', 'tokens', '~/.local/state/warder']) {
      expect(() => sealedGrantStore({ directory })).toThrow(/absolute path/)
    }
  })

  it('SD-13 a grant opens in no place but its own', async () => {
    const { directory, store, files } = await begun()
    const other = { ...KEY, account: 'other' }
    await store.decide(other, async () => ({ keep: { ...grant('at-other'), key: other } }))
    const names = (await readdir(directory)).filter((name) => name.endsWith('.grant'))
    const theirs = join(directory, names.find((name) => name !== basename(files.grant)) ?? '')
    await writeFile(theirs, await readFile(files.grant))
    await expect(store.grant(other)).rejects.toThrow(unusable(/is damaged/))
    expect(await tokenIn(directory)).toBe('at-1')
  })

  it('INV-11 no secret is in a file, the name of a file, or an error, and no service either', async () => {
    const canaries = ['canary-of-the-access-token', 'canary-of-the-refresh-token']
    const { directory, store, files } = await begun(grant(canaries[0] ?? '', canaries[1]))
    const key = (await readFile(files.key, 'utf8')).trim()
    const failures: unknown[] = []
    for (const change of [(text: string) => text.slice(9), (text: string) => `${text}{`]) {
      const whole = await readFile(files.grant, 'utf8')
      await writeFile(files.grant, change(whole))
      failures.push(await store.grant(KEY).catch((error: unknown) => error))
      await writeFile(files.grant, whole)
    }
    const shown = failures.map(
      (error) => `${String(error)} ${JSON.stringify(error)} ${cause(error)}`,
    )
    const names = await readdir(directory)
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
    const everything = [...shown, ...names, ...texts].join('\n')
    const secrets = [...canaries, 'canary-of-the-client-secret', 'canary-of-the-label', 'as.test']
    const spellings = secrets.flatMap((secret) =>
      (['utf8', 'base64url', 'hex'] as const).map((as) => Buffer.from(secret).toString(as)),
    )
    expect(spellings.filter((spelling) => everything.includes(spelling))).toEqual([])
    expect(shown.join().includes(key)).toBe(false)
    expect(failures.every((error) => error instanceof Error)).toBe(true)
  })
})

describe('Several processes that register at once', () => {
  /** Clients that share nothing but a directory, at a server that gives each registration a name. */
  function strangers(count: number) {
    const world = clientWorld()
    const directory = join(scratch, `${++made}`)
    const registrations = () => world.to(`${AS}/register`)
    world.on(`${AS}/register`, () =>
      json({ client_id: `c${registrations().length}`, client_secret: 'canary' }, 201),
    )
    const clients = Array.from({ length: count }, (_, at) =>
      world.client({
        ...{ account: `account-${at}`, registration: { clientName: 'App' } },
        store: sealedGrantStore({ directory, patience: 20_000 }),
      }),
    )
    return { world, directory, clients, registrations }
  }

  it('CL-29 are one client, and each finishes the sign-in that it began', async () => {
    const { world, directory, clients, registrations } = strangers(8)
    const signingIn = clients.map(async (client) => {
      const { pending } = await client.begin()
      await client.finish(callback(pending), pending)
      return pending.clientId
    })
    expect(await Promise.all(signingIn)).toEqual(Array(8).fill('c1'))
    expect(registrations()).toHaveLength(1)
    expect(world.to(`${AS}/token`)).toHaveLength(8)
    expect(await sealedGrantStore({ directory }).grants()).toHaveLength(8)
  })

  it('CL-29 are not held up by one whose registration failed', async () => {
    const { world, clients, registrations } = strangers(3)
    world.on(`${AS}/register`, () =>
      registrations().length === 1
        ? json({ error: 'temporarily_unavailable' }, 503)
        : json({ client_id: 'second' }, 201),
    )
    const outcomes = await Promise.allSettled(clients.map((client) => client.begin()))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(registrations()).toHaveLength(2)
  })

  it('CL-29 leave no grant behind by it', async () => {
    const { directory, clients } = strangers(1)
    await clients[0]?.begin()
    expect(await sealedGrantStore({ directory }).grants()).toEqual([])
  })
})

/** What an error says of where it comes from. */
const cause = (error: unknown): string =>
  error instanceof Error ? `${String(error.cause)} ${cause(error.cause)}` : ''

/**
 * A process that does with the grant as it is told. A refresh takes what is fresh already, asks the
 * server for a new one otherwise, and tells of it before it is kept when it shall `pause`.
 */
const client = `
  import { once } from 'node:events'
  import { sealedGrantStore } from './client/grants/sealed-store.js'
  import { Secret } from './vault/secret.js'
  const { directory, key, endpoint, patience } = JSON.parse(process.argv[2])
  const store = sealedGrantStore({ directory, patience })
  process.on('message', async ({ pause }) => {
    const outcome = await store.decide(key, async (kept) => {
      if (kept.expiresAt > 0) return { leave: true }
      const body = new URLSearchParams({ refresh_token: kept.refreshToken.reveal('refreshing') })
      const { access_token, refresh_token } = await (await fetch(endpoint, { method: 'POST', body })).json()
      if (pause) {
        process.send('pausing')
        await once(process, 'message')
      }
      return { keep: { ...kept, expiresAt: 1, accessToken: new Secret(access_token), refreshToken: new Secret(refresh_token) } }
    }).then((kept) => kept.accessToken.reveal('telling'), (error) => error.code)
    process.send(outcome)
  })
  process.send('ready')
`

describe('Several processes on one grant', () => {
  let built = ''
  let server: Server
  /** The refresh tokens that were used, in their order. */
  let used: string[] = []
  const children: ChildProcess[] = []

  beforeAll(async () => {
    built = await compiled('src/client/grants/sealed-store.ts')
    await writeFile(join(built, 'client.js'), client)
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const sent = new URLSearchParams(body).get('refresh_token') ?? ''
      const at = used.push(sent)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access_token: `at-new-${at}`, refresh_token: `rt-new-${at}` }))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  }, 60_000)
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    used = []
  })
  afterAll(async () => {
    server.close()
    await rm(built, { recursive: true })
  })

  const answer = (child: ChildProcess) =>
    new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code) => reject(new Error(`A process ended early with ${code}.`)))
    })

  /** Starts a process, which waits to be told. */
  async function start(directory: string, patience = 20_000): Promise<ChildProcess> {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
    const argument = JSON.stringify({ directory, key: KEY, endpoint, patience })
    const child = fork(join(built, 'client.js'), [argument])
    children.push(child)
    expect(await answer(child)).toBe('ready')
    return child
  }

  /** What a process has in the end. */
  function refresh(child: ChildProcess, { pause = false } = {}): Promise<unknown> {
    const outcome = answer(child)
    child.send({ pause })
    return outcome
  }

  it('CL-15 20 of them with an expired token cause one refresh, and all have the new one', async () => {
    const { directory } = await begun()
    const crowd = await Promise.all(Array.from({ length: 20 }, () => start(directory)))
    const outcomes = await Promise.all(crowd.map((child) => refresh(child)))
    expect({ used, outcomes }).toEqual({ used: ['rt'], outcomes: Array(20).fill('at-new-1') })
  })

  it('FT-11 nobody waits for one that was killed, and the next decides from what was kept', async () => {
    const { directory } = await begun()
    const [holder, next] = [await start(directory), await start(directory)]
    expect(await refresh(holder, { pause: true })).toBe('pausing')
    const waiting = refresh(next)
    holder.removeAllListeners('exit')
    holder.kill('SIGKILL')
    expect(await waiting).toBe('at-new-2')
    expect(used).toEqual(['rt', 'rt'])
    expect(await tokenIn(directory)).toBe('at-new-2')
  })

  it('FT-11 one that is stopped keeps its turn: others say so, and it ends well when it goes on', async () => {
    const { directory } = await begun()
    const [holder, impatient] = [await start(directory), await start(directory, 100)]
    expect(await refresh(holder, { pause: true })).toBe('pausing')
    holder.kill('SIGSTOP')
    expect(await refresh(impatient)).toBe('timed_out')
    holder.kill('SIGCONT')
    expect(await refresh(holder)).toBe('at-new-1')
    expect(await refresh(impatient)).toBe('at-new-1')
    expect(used).toEqual(['rt'])
  })

  it('FT-11 one that lost its lock while it was stopped overwrites nothing newer', async () => {
    const { directory, lock } = await begun()
    const holder = await start(directory)
    expect(await refresh(holder, { pause: true })).toBe('pausing')
    holder.kill('SIGSTOP')
    await rm(lock)
    await keep(directory, grant('at-newer'))
    holder.kill('SIGCONT')
    expect(await refresh(holder)).toBe('at-newer')
    expect(await tokenIn(directory)).toBe('at-newer')
  })
})

/** The command line as a person types it, and as a script reads it. */

import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  EVERYTHING,
  freePort,
  Installation,
  startWarder,
  temporaryDirectory,
  WARDER,
  warder,
} from './support/installation.ts'
import { Browser } from './support/person.ts'
import { type Ending, type Program, runProgram } from './support/program.ts'
import { endLater } from './support/reaper.ts'
import { clientWords, SignInProvider } from './support/sign-in-provider.ts'
import { startUpstream } from './support/upstream.ts'
import { type V2Kinds, V2Program } from './support/v2-program.ts'

/** A server whose tool becomes another when it is called. */
const CHANGING = fileURLToPath(new URL('../fixtures/changing-server.mjs', import.meta.url))

const commands = [
  'serve',
  'protect',
  ...['add', 'list', 'disable', 'enable', 'reset', 'remove'].map((verb) => `user ${verb}`),
  ...['add', 'list', 'show', 'rotate-secret', 'verify', 'remove'].map((verb) => `client ${verb}`),
  ...['list', 'diff', 'approve'].map((verb) => `tool ${verb}`),
  ...['list', 'rotate', 'retire'].map((verb) => `key ${verb}`),
  ...['decode', 'verify', 'sign', 'keygen'].map((verb) => `jwt ${verb}`),
  'events',
  'events verify',
  'why',
  ...['rekey', 'migrate', 'backup', 'revoke-since', 'sweep'],
]

/** The installation that most of the tests speak to. Nothing is served. */
let installation: Installation
const type = (line: string, input?: string) => installation.command(line.split(' '), input)
const json = async (line: string) => {
  const { code, stdout, stderr } = await type(line)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}
beforeAll(async () => {
  installation = await Installation.make()
})

const expectRefused = (ended: Ending, code: number, ...sentences: readonly (string | RegExp)[]) => {
  expect(ended.code, ended.stderr).toBe(code)
  expect(ended.stdout).toBe('')
  for (const sentence of sentences) expect(ended.stderr).toMatch(sentence)
  // Nobody who mistypes something wants a stack trace.
  expect(ended.stderr).not.toMatch(/^\s+at /m)
}

/** A stranger's client reads the address off the screen, and its user signs in. */
async function connect(serving: Program): Promise<V2Program> {
  const line = await serving.line(/^ {2}MCP /)
  const [url = ''] = /http:\S+/.exec(line) ?? []
  const program = new V2Program(url, new SignInProvider<V2Kinds>(clientWords('Stranger')))
  await expect(program.connect()).rejects.toThrow('Unauthorized')
  const alice = { username: 'alice@example.com', password: 'correct horse battery staple' }
  await program.finishSignIn(await new Browser(alice).allow(program.provider.page))
  await program.connect()
  return program
}

describe('warder', () => {
  it.concurrent.each(commands)('%s --help shows an example', async (command) => {
    const { code, stdout, stderr } = await warder([...command.split(' '), '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Examples?:$/m)
    expect(stdout).toContain(`$ warder ${command}`)
  })

  it('--help names every command and what the exit codes mean', async () => {
    const { stdout } = await warder(['--help'])
    for (const command of ['serve', 'protect', 'user', 'client', 'tool', 'key']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(stdout).toContain('0 done, 1 the answer is no, 2 wrong usage or configuration, 3')
  })

  it('goes on when whoever read what it prints has gone, and says nothing of it', async () => {
    const child = spawn(process.execPath, [WARDER, 'user', 'add', '--help'])
    child.stdout.destroy()
    const said = text(child.stderr)
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await said).toBe('')
  })

  it('says what is wrong with a command line, and exits with 2', async () => {
    expectRefused(await type('serv'), 2, "unknown command 'serv'", 'Did you mean serve?')
    expectRefused(await type('user list --jsno'), 2, "unknown option '--jsno'", 'mean --json?')
    expectRefused(await type('user add'), 2, "missing required argument 'email'")
    expectRefused(await type('serve --port 99999'), 2, '--port: must be a number from 1 to 65535')
    expectRefused(await type('protect'), 2, 'nothing to protect was named', '--upstream URL')
    expectRefused(
      await type('protect --upstream http://127.0.0.1:1/mcp -- node'),
      ...([2, 'both a program and --upstream were named'] as const),
    )
  })

  it('takes no password as an argument', async () => {
    const ended = await type('user add dora@example.com --password hunter2hunter2hunter2')
    expectRefused(ended, 2, "unknown option '--password'")
    expect(ended.stderr).not.toContain('hunter2')
  })

  it('is colourful on a terminal, and not where NO_COLOR is set or nobody watches', async () => {
    const onTerminal = (env: Record<string, string>) =>
      runProgram('script', ['-qec', `${process.execPath} ${WARDER} key list`, '/dev/null'], {
        cwd: installation.directory,
        env: { TERM: 'xterm', ...env },
      })
    const esc = String.fromCharCode(27)
    expect((await onTerminal({})).stdout).toContain(esc)
    expect((await onTerminal({ NO_COLOR: '1' })).stdout).not.toContain(esc)
    expect((await type('key list')).stdout).not.toContain(esc)
  })
})

describe('warder user', () => {
  it('adds with a password from standard input, lists, disables, enables and removes', async () => {
    const added = await type(
      'user add alice@example.com --role admin --password-file - --json',
      'correct horse battery staple\n',
    )
    expect(added.code).toBe(0)
    expect(JSON.parse(added.stdout)).toMatchObject({ email: 'alice@example.com', roles: ['admin'] })
    expect(added.stdout).not.toContain('correct horse')
    expect(await json('user list --json')).toMatchObject([
      { email: 'alice@example.com', disabledAt: null },
    ])
    expect((await type('user disable alice@example.com')).code).toBe(0)
    expect((await json('user list --json'))[0].disabledAt).toBeTypeOf('number')
    expect((await type('user enable alice@example.com')).code).toBe(0)
    expect((await type('user remove alice@example.com')).code).toBe(0)
    expect(await json('user list --json')).toEqual([])
  })

  it('makes up a password, shows it once and keeps only its hash', async () => {
    const { password } = await json('user add bob@example.com --json')
    expect(password).toMatch(/^[\w-]{20}$/)
    const reset = await type('user reset bob@example.com')
    const [, second = ''] = /^password {2}(\S+)$/m.exec(reset.stdout) ?? []
    expect(second).not.toBe(password)
    expect((await type('user list')).stdout).not.toContain(password)
    expect((await type('user list --json')).stdout).not.toMatch(/hash|argon/i)
    const stored = await readFile(join(installation.directory, 'data', 'warder.db'), 'latin1')
    for (const secret of [password, second]) expect(stored).not.toContain(secret)
  })

  it('exits with 1 where the answer is no', async () => {
    expectRefused(await type('user disable nobody@example.com'), 1, 'no account “nobody@')
    expectRefused(await type('user add not-an-address'), 1, 'e-mail address such as')
    const short = await type('user add eve@example.com --password-file -', 'short')
    expectRefused(short, 1, 'at least 15 characters')
  })
})

describe('warder client', () => {
  it('shows a secret once, and another when it is rotated', async () => {
    const added = await json('client add Nightly --id nightly --grant client_credentials --json')
    expect(added).toMatchObject({ client_id: 'nightly', client_name: 'Nightly' })
    const rotated = await json('client rotate-secret nightly --json')
    expect(rotated.client_secret).not.toBe(added.client_secret)
    const shown = (await type('client show nightly')).stdout
    const listed = await json('client list --json')
    expect(listed).toMatchObject([{ id: 'nightly', registration: 'administrator' }])
    const stored = await readFile(join(installation.directory, 'data', 'warder.db'), 'latin1')
    for (const { client_secret } of [added, rotated]) {
      expect(client_secret).toMatch(/^wcs_/)
      for (const place of [shown, JSON.stringify(listed), stored]) {
        expect(place).not.toContain(client_secret)
      }
    }
    expect((await type('client remove nightly')).code).toBe(0)
    expectRefused(await type('client show nightly'), 1, 'no client “nightly”', 'warder client list')
  })

  it('gives no secret to a public client', async () => {
    const added = await json(
      'client add Editor --public --redirect-uri http://127.0.0.1/callback --json',
    )
    expect(added).not.toHaveProperty('client_secret')
    expect(added.token_endpoint_auth_method).toBe('none')
  })

  it('registers the public keys of a client that signs, and refuses private ones', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const file = async (name: string, content: object) => {
      const path = join(installation.directory, name)
      await writeFile(path, JSON.stringify(content))
      return path
    }
    const publicJwk = publicKey.export({ format: 'jwk' })
    const privateJwk = privateKey.export({ format: 'jwk' })
    const add = 'client add Signer --grant client_credentials --json'
    for (const content of [publicJwk, { keys: [publicJwk] }]) {
      const added = await json(`${add} --jwks ${await file('public.json', content)}`)
      expect(added).not.toHaveProperty('client_secret')
      expect(added).toMatchObject({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [publicJwk] },
      })
    }
    const uri = 'https://signer.example.com/jwks.json'
    expect(await json(`${add} --jwks-uri ${uri}`)).toMatchObject({ jwks_uri: uri })
    const refused = await type(`${add} --jwks ${await file('private.json', privateJwk)}`)
    expectRefused(refused, 1, 'must be a public key')
    expect(refused.stderr).not.toContain(String(privateJwk.d))
    expectRefused(await type(`${add} --jwks ${join(installation.directory, 'none')}`), 2, '--jwks')
  })

  it('registers an API that only asks about tokens, which has no grant and names its resources', async () => {
    const add = 'client add Files --resource-server --json'
    const added = await json(`${add} --resource https://files.example.com/`)
    expect(added).toMatchObject({ grant_types: [], redirect_uris: [] })
    expect(added.client_secret).toMatch(/^wcs_/)
    expectRefused(await type(add), 1, 'name its resources')
    expectRefused(await type(`${add} --grant client_credentials`), 2, '--resource-server')
  })
})

describe('warder key', () => {
  it('list shows public facts only', async () => {
    const [key, ...others] = await json('key list --json')
    expect(others).toEqual([])
    expect(Object.keys(key)).toEqual([
      ...['kid', 'alg', 'state', 'createdAt'],
      ...['signsFrom', 'signsUntil', 'publishedUntil', 'retiredAt'],
    ])
    expect((await type('key list')).stdout).toContain(key.kid)
  })

  it('rotate makes the next key once, and retire withdraws the one that signs', async () => {
    const [old] = await json('key list --json')
    const next = await json('key rotate --json')
    expect(next).toMatchObject({ state: 'next', alg: 'ES256' })
    expectRefused(await type('key rotate'), 1, next.kid, '--now')
    const hurried = await type('key rotate --now')
    expect(hurried.stdout).toContain(next.kid)
    expect(hurried.stdout).toMatch(/older copy|copy is old/)
    expect((await type(`key retire ${old.kid}`)).stdout).toContain(`${next.kid} signs now.`)
    expectRefused(await type(`key retire ${old.kid}`), 1, 'warder key list')
    const states = (await json('key list --json')).map(({ state }: { state: string }) => state)
    expect(states).toEqual(['current', 'retired'])
  })
})

describe('warder tool', () => {
  it('shows what a server changed of a tool, and lets it be called again once approved', async () => {
    const command = [process.execPath, CHANGING]
    const changing = await Installation.make({ settings: { mcp: { changing: { command } } } })
    await changing.addUser('alice@example.com')
    const run = (line: string) => changing.command(line.split(' '))
    expectRefused(await run('tool diff changing become'), 1, 'no tool “become” of “changing”')

    const program = await connect(await changing.start())
    expect(await program.tools()).toEqual(['become'])
    const [first] = JSON.parse((await run('tool list --json')).stdout)
    expect(first).toMatchObject({ server: 'changing', tool: 'become', state: 'as first listed' })
    await program.call('become', { description: 'Something\u001b[2K else.' })
    expect(await program.tools()).toEqual([])
    await expect(program.call('become', {})).rejects.toThrow('warder tool diff changing become')

    expect((await run('tool list')).stdout).toMatch(/^changing {2}become {2}changed /m)
    const { stdout } = await run('tool diff changing become')
    expect(stdout).toContain('description\n- as it was\n+ Something\\u{1b}[2K else.\n')
    const [, hash = ''] = /approve changing become --hash (\w+)$/m.exec(stdout) ?? []
    const unlike = await run(`tool approve changing become --hash ${first.approvedHash}`)
    expectRefused(unlike, 1, '“become” is something else by now')
    expectRefused(await run('tool approve changing'), 2, 'needs either a tool or --all')
    const approved = await run(`tool approve changing become --hash ${hash}`)
    expect(approved).toMatchObject({ code: 0, stdout: 'Approved become of changing.\n' })

    // What runs already knows within seconds.
    await expect.poll(() => program.tools(), { timeout: 20_000 }).toEqual(['become'])
    expect((await run('tool diff changing become')).stdout).toContain('It is what was approved.')
    expect((await run('tool approve changing --all --json')).stdout).toBe('[]\n')
    await program.close()
  })
})

describe('warder serve', { concurrent: true }, () => {
  /** Serves settings of its own, which are expected to be refused. */
  async function serveWith(settings: object, ...args: readonly string[]): Promise<Ending> {
    const cwd = await temporaryDirectory()
    const text = typeof settings === 'string' ? settings : JSON.stringify(settings)
    await writeFile(join(cwd, 'warder.config.json'), text)
    return warder(['serve', ...args], { cwd })
  }

  it.each([
    ['a misspelt section', { servr: {} }, 'servr: is not a setting. Did you mean “server”?'],
    [
      'a misspelt setting',
      { server: { ttl: { acessToken: 60 } } },
      'server.ttl.acessToken: is not a setting. Did you mean “accessToken”?',
    ],
    [
      'a misspelt setting of a guarded server',
      { mcp: { files: { command: ['x'], tolls: {} } } },
      'mcp.files.tolls: is not a setting. Did you mean “tools”?',
    ],
    [
      'a variable that is not set',
      { mcp: { files: { command: ['x'], env: { KEY: { env: 'NOT_SET_HERE' } } } } },
      'mcp.files.env.KEY: refers to NOT_SET_HERE, which is not set.',
    ],
    [
      'a public address without a key of its own',
      { issuer: 'https://auth.example.com' },
      'vault.kek: is not set, and this server is not only for this computer.',
    ],
    ['http on a public address', { issuer: 'http://auth.example.com' }, 'issuer: must be https'],
    ['a store of another kind', { store: { url: 'redis://x' } }, 'store.url: is not a store.'],
  ])('refuses %s', async (_, settings, sentence) => {
    expectRefused(await serveWith(settings), 2, sentence)
  })

  it('refuses settings that are not JSON, or not there', async () => {
    expectRefused(await type('serve --config nowhere.json'), 2, 'nowhere.json does not exist')
    await writeFile(join(installation.directory, 'broken.json'), '{ "issuer": }')
    expectRefused(await type('serve --config broken.json'), 2, 'broken.json: is not valid JSON')
  })

  it('refuses a data directory that cannot be one, and exits with 3 without its store', async () => {
    expectRefused(await type('user list --data /dev/null/data'), 2, /data: .* cannot be used/)
    expectRefused(await type('user list --store sqlite:/dev/null/db'), 3, 'cannot reach its data')
  })

  /** Something else on a port: it says that it is the issuer `issuer`. */
  async function occupy(issuer: string): Promise<number> {
    const other = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ issuer }))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    endLater(() => {
      other.closeAllConnections()
      return new Promise((resolve) => other.close(resolve))
    })
    const address = other.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  it('refuses a port that is taken', async () => {
    const port = await occupy('somebody else')
    const ended = await serveWith({}, '--port', String(port))
    expectRefused(ended, 2, `--port: ${port} is taken.`, 'Choose another')
  })

  it('refuses to run where another answers for its issuer', async () => {
    const issuer = `http://127.0.0.1:${await occupy('https://other.example')}`
    const ended = await serveWith({ issuer }, '--port', String(await freePort()))
    expectRefused(ended, 2, `issuer: is ${issuer}, but`, 'answers for https://other.example')
  })
})

describe('warder protect', () => {
  async function protect(...args: readonly string[]) {
    const cwd = await temporaryDirectory()
    const port = await freePort()
    const issuer = `http://localhost:${port}`
    const added = await warder(
      ['user', 'add', 'alice@example.com', '--issuer', issuer, '--password-file', '-'],
      { cwd, input: 'correct horse battery staple' },
    )
    expect(added.code).toBe(0)
    const serving = startWarder(['protect', '--port', String(port), ...args], { cwd })
    await serving.line(/Warder is running/)
    await serving.line(/warder user add you@example.com/)
    return { serving, issuer }
  }

  it('-- COMMAND puts sign-in in front of a program', async () => {
    const { serving, issuer } = await protect('--', process.execPath, EVERYTHING, 'stdio')
    const program = await connect(serving)
    expect(program.provider.saved?.scope).toContain('mcp:tools')
    expect(await program.call('echo', { message: 'hello' })).toBe('Echo: hello')
    await program.close()
    expect(serving.lines).toContainEqual(expect.stringContaining(`${issuer}/mcp/server`))
    expect((await serving.end('SIGINT')).code).toBe(0)
  })

  it('tells of a tool that changes, and blocks it if told to', async () => {
    for (const rule of ['report', 'block']) {
      const args = rule === 'block' ? ['--tool-changes', rule] : []
      const { serving } = await protect(...args, '--', process.execPath, CHANGING)
      const program = await connect(serving)
      expect(await program.tools()).toEqual(['become'])
      await program.call('become', { description: 'Something else.' })
      expect(await program.tools()).toEqual(rule === 'block' ? [] : ['become'])
      expect(await serving.line(/tool\.changed/)).toContain('another description')
      await program.close()
      await serving.end('SIGINT')
    }
    expectRefused(
      await type('protect --tool-changes never -- node'),
      2,
      'Allowed choices are block',
    )
  })

  it('--upstream URL --policy FILE does so for a server on the network', async () => {
    const policy = join(await temporaryDirectory(), 'policy.json')
    const rules = { tools: { 'drop-tables': false, '*': ['ledger:read'] } }
    await writeFile(policy, JSON.stringify(rules))
    const upstream = await startUpstream()
    const { serving } = await protect(
      '--name',
      'ledger',
      '--upstream',
      upstream,
      '--policy',
      policy,
    )
    const program = await connect(serving)
    expect(await program.tools()).not.toContain('drop-tables')
    expect(await program.call('echo', { message: 'hello' })).toBe('hello')
    await program.close()
    expect((await serving.end('SIGTERM')).code).toBe(0)
  })
})

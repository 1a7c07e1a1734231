/** A real process that is told to stop, under load, with streams open, and with few files to open. */

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import {
  everythingMount,
  freePort,
  Installation,
  startWarder,
  temporaryDirectory,
  warder,
} from './support/installation.ts'
import { Browser } from './support/person.ts'
import { type Program, runProgram } from './support/program.ts'
import { clientWords, SignInProvider } from './support/sign-in-provider.ts'
import { type V2Kinds, V2Program } from './support/v2-program.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/** One request on a connection that is kept; tried once more if the connection broke. */
async function ask(
  urls: readonly string[],
  path: string,
  agent: Agent,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const send = async (url: string): Promise<Answer> => {
    const asked = request(url + path, { agent, headers }).end()
    const [answer] = await once(asked, 'response')
    return { status: answer.statusCode, body: await text(answer) }
  }
  const [first = '', second = first] = urls
  return send(first).catch(() => send(second))
}

const waitUntil = async (isSo: () => Promise<boolean>) => {
  await expect.poll(() => isSo().catch(() => false), { timeout: 20_000, interval: 100 }).toBe(true)
}

describe('warder serve, told to stop', () => {
  it('FT-28 with a stream open: the client is sent away, and the process ends at once with 0', async () => {
    const installation = await Installation.make()
    const alice = await installation.addUser('alice@example.com')
    const serving = await installation.start()
    const provider = new SignInProvider<V2Kinds>(clientWords('Listener'))
    const program = new V2Program(installation.mcp('everything'), provider)
    await expect(program.connect()).rejects.toThrow('Unauthorized')
    await program.finishSignIn(await new Browser(alice).allow(provider.page))
    await program.connect()
    expect(await program.tools()).toContain('echo')

    const token = provider.saved?.access_token ?? ''
    const opened = await fetch(installation.mcp('everything'), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        ...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'raw', version: '1' },
        },
      }),
    })
    const session = opened.headers.get('mcp-session-id') ?? ''
    await opened.text()
    const stream = await fetch(installation.mcp('everything'), {
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        ...{ 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' },
      },
    })
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream'])

    const begun = performance.now()
    const ended = serving.end('SIGTERM')
    expect(await stream.text()).toMatch(/\nretry: \d+\n\n$/)
    expect((await ended).code).toBe(0)
    expect(performance.now() - begun).toBeLessThan(4_000)
  })

  it('FT-28 two nodes restarted in turn under load: no request fails that is tried once more', async () => {
    const directory = await temporaryDirectory()
    const ports = [await freePort(), await freePort()]
    const issuer = `http://localhost:${ports[0]}`
    const operations = { stop: { delay: 1, grace: 15 } }
    const settings = { issuer, data: join(directory, 'data'), operations }
    await writeFile(join(directory, 'warder.config.json'), JSON.stringify(settings))
    const nodes = ports.map((port) => ({ port, url: `http://localhost:${port}` }))
    const start = async (port: number | undefined) => {
      const node = startWarder(['serve', '--port', String(port)], { cwd: directory })
      await node.line(/Warder is running/)
      return node
    }
    const running: Program[] = []
    for (const { port } of nodes) running.push(await start(port))

    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const isReady = async (url: string) => (await ask([url], '/readyz', agent)).status === 200
    const ready = new Set(nodes.map(({ url }) => url))
    const found: Answer[] = []
    let isOver = false
    // As a balancer does: it looks who is ready, and sends to those.
    const balancing = (async () => {
      while (!isOver) {
        for (const { url } of nodes) {
          if (await isReady(url).catch(() => false)) ready.add(url)
          else ready.delete(url)
        }
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    const load = Array.from({ length: 4 }, async (_, at) => {
      for (let sent = at; !isOver; sent++) {
        const urls = [...ready]
        const turned = [...urls.slice(sent % urls.length), ...urls.slice(0, sent % urls.length)]
        // All of them answer for the one issuer.
        const host = new URL(issuer).host
        found.push(await ask(turned, '/.well-known/jwks.json', agent, { host }))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
    for (let restart = 0; restart < 4; restart++) {
      const at = restart % 2
      const node = nodes[at]
      const ending = running[at]?.end('SIGTERM')
      expect((await ending)?.code).toBe(0)
      running[at] = await start(node?.port)
      await waitUntil(async () => ready.has(node?.url ?? ''))
    }
    isOver = true
    await Promise.all([...load, balancing])
    agent.destroy()
    expect(found.length).toBeGreaterThan(200)
    expect(found.filter(({ status }) => status !== 200)).toEqual([])
    for (const node of running) expect((await node.end('SIGTERM')).code).toBe(0)
  })

  it('FT-29 says no on /readyz first, and a second signal ends it at once', async () => {
    const installation = await Installation.make({
      settings: { operations: { stop: { delay: 60 } }, mcp: {} },
    })
    const serving = await installation.start()
    const agent = new Agent({ keepAlive: true })
    const urls = [installation.issuer]
    expect((await ask(urls, '/readyz', agent)).status).toBe(200)
    const ended = serving.end('SIGINT')
    await waitUntil(async () => (await ask(urls, '/readyz', agent)).status === 503)
    expect((await ask(urls, '/livez', agent)).status).toBe(200)
    expect((await ask(urls, '/.well-known/jwks.json', agent)).status).toBe(200)
    void serving.end('SIGTERM')
    expect((await ended).code).toBe(143)
    agent.destroy()
  })
})

describe('warder serve, with few files to open', () => {
  it('FT-26 500 connections with 64 files: nobody brings it down, and it answers afterwards', async () => {
    const directory = await temporaryDirectory()
    const issuer = `http://localhost:${await freePort()}`
    const settings = { issuer, data: join(directory, 'data'), mcp: { everything: everythingMount } }
    await writeFile(join(directory, 'warder.config.json'), JSON.stringify(settings))
    const serving = startWarder(['serve'], { cwd: directory })
    await serving.line(/Warder is running/)
    // Only now: Node itself opens more than that at once when it starts.
    const limited = await runProgram('prlimit', [`--pid=${serving.pid}`, '--nofile=64:64'])
    expect(limited.code, limited.stderr).toBe(0)
    const agent = new Agent({ keepAlive: true, maxSockets: 500 })
    const statuses = await Promise.all(
      Array.from({ length: 500 }, () =>
        ask([issuer], '/.well-known/jwks.json', agent).then(
          ({ status }) => status,
          () => 'closed',
        ),
      ),
    )
    expect(statuses.filter((status) => status !== 200 && status !== 'closed')).toEqual([])
    expect(statuses).toContain(200)
    agent.destroy()
    const after = new Agent()
    await waitUntil(async () => (await ask([issuer], '/readyz', after)).status === 200)
    expect((await serving.end('SIGTERM')).code).toBe(0)
  })
})

describe('warder backup, revoke-since and sweep', () => {
  it('FT-43 copies a store that is in use, puts it back, and ends what came back with it', async () => {
    const installation = await Installation.make({ settings: { mcp: {} } })
    await installation.addUser('alice@example.com')
    const serving = await installation.start()
    const run = (line: string) => installation.command(line.split(' '))
    const made = await run('backup copy.db --json')
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' })
    const { bytes, at } = JSON.parse(made.stdout)
    expect(bytes).toBeGreaterThan(10_000)
    const again = await run('backup copy.db')
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('exists already'),
    })
    expect((await serving.end('SIGTERM')).code).toBe(0)

    const restored = join(installation.directory, 'copy.db')
    const place = ['--store', `sqlite:${restored}`]
    const planned = await installation.command(['revoke-since', at, '--dry-run', ...place])
    expect(planned.stdout).toContain('WOULD END')
    const done = await installation.command(['revoke-since', at, '--json', ...place])
    expect(JSON.parse(done.stdout)).toMatchObject({ dryRun: false, ended: { families: 0 } })
    const users = await installation.command(['user', 'list', '--json', ...place])
    expect(JSON.parse(users.stdout)).toMatchObject([{ email: 'alice@example.com' }])
    const swept = await installation.command(['sweep', '--json', ...place])
    expect(JSON.parse(swept.stdout)).toEqual({ swept: {} })
    expect((await run('revoke-since tomorrow')).code).toBe(2)
    expect((await run('revoke-since 2999-01-01')).stderr).toContain('is yet to come')
    const postgres = 'postgres://someone:hunter2hunter2@127.0.0.1:1/db'
    const refused = await installation.command(['backup', 'dump', '--store', postgres])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('pg_dump --format=custom --file=dump')
    expect(refused.stderr).not.toContain('hunter2')
  })

  it.each(['backup', 'revoke-since', 'sweep'])('%s --help shows an example', async (command) => {
    const { code, stdout } = await warder([command, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`$ warder ${command}`)
  })
})

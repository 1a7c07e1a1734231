/** What a stdio server behind the gateway may do to it, to its neighbours and to the machine. */

import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type ChildExit,
  type ChildOptions,
  closeAllChildren,
  startChild,
  superviseChild,
} from 'warder/gateway/upstreams/child'

const fixture = fileURLToPath(new URL('./fixtures/stdio-server.mjs', import.meta.url))

/** Processes that escape on purpose, and what else a test leaves behind. */
const strays: number[] = []
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-stdio-'))
})

afterEach(async () => {
  await closeAllChildren(0)
  for (const pid of strays.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  rmSync(directory, { recursive: true })
})

/** A child of the fixture that can be asked; options are changed by `changes`. */
function start(changes: Partial<ChildOptions> = {}) {
  const answers = new Map<unknown, (result: unknown) => void>()
  const messages: unknown[] = []
  const drops: string[] = []
  let lastId = 0
  const child = startChild({
    command: [process.execPath, fixture],
    onMessage(message) {
      messages.push(message)
      if (typeof message !== 'object' || message === null) return
      if ('id' in message && 'result' in message) answers.get(message.id)?.(message.result)
    },
    onDrop: (reason) => drops.push(reason),
    onExit: () => {},
    ...changes,
  })
  /** Settles with the answer; never, if none comes. */
  const ask = async (method: string, params: object = {}) => {
    lastId += 1
    const id = lastId
    const answer = new Promise<unknown>((resolve) => answers.set(id, resolve))
    await child.send({ id, method, params })
    return answer
  }
  return { child, ask, messages, drops, pid: child.pid ?? Number.NaN }
}

/** Whether a process is there and no zombie. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}

/** Whether the system still knows of a process: true of a zombie, too. */
const isListed = (pid: number) => existsSync(`/proc/${pid}`)

function soon(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/** Bytes as the fixture's `raw` takes them. */
const raw = (...chunks: readonly (string | Uint8Array)[]) => ({
  chunks: chunks.map((chunk) => Buffer.from(chunk).toString('base64')),
})

/** One that has answered: while a program starts, it has its libraries open. */
async function startCat() {
  const heard = new AbortController()
  const cat = start({ command: ['cat'], onMessage: () => heard.abort() })
  const answered = once(heard.signal, 'abort')
  await cat.child.send({})
  await answered
  return cat
}

async function startGrandchild(ask: ReturnType<typeof start>['ask'], away: boolean) {
  const pid = Number(await ask('grandchild', { away }))
  strays.push(pid)
  expect(isRunning(pid)).toBe(true)
  return pid
}

describe('ST-01 no shell', () => {
  it('ST-01 an argument stays an argument, whatever a shell would make of it', async () => {
    const marker = join(directory, 'marker')
    const args = [
      `; touch ${marker}`,
      `$(touch ${marker})`,
      `\`touch ${marker}\``,
      `| touch ${marker}`,
      `&& touch ${marker}`,
      `x\ntouch ${marker}`,
      `> ${marker}`,
      '"',
      "'",
      '*',
      '~',
      '',
      '--',
    ]
    const { ask } = start({ command: [process.execPath, fixture, ...args] })
    expect(await ask('arguments')).toEqual(args)
    expect(existsSync(marker)).toBe(false)
  })

  it('ST-01 a program is one name, never a line that is taken apart', async () => {
    const marker = join(directory, 'marker')
    for (const program of [`touch ${marker}`, `touch\t${marker}`, `sh -c "touch ${marker}"`]) {
      const exit = await start({ command: [program] }).child.exited
      expect(exit.error.code).toBe('child_not_started')
    }
    expect(existsSync(marker)).toBe(false)
  })
})

describe('ST-03 the environment', () => {
  const secrets = {
    WARDER_KEK: 'kek-of-the-gateway',
    DATABASE_URL: 'postgres://u:db-password@db/x',
    LC_secret: 'in-disguise',
    NODE_OPTIONS_X: 'x',
  }

  afterEach(() => {
    for (const name of Object.keys(secrets)) delete process.env[name]
  })

  it('ST-03 a real child holds nothing of the parent but the allow-list', async () => {
    Object.assign(process.env, secrets)
    const { ask, pid } = start({ env: { API_KEY: 'its-own', HOME: '/srv' } })
    await ask('echo')
    const environ = readFileSync(`/proc/${pid}/environ`, 'latin1')
    const names = environ
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=', 1)[0])
    const allowed = /^(PATH|HOME|LANG|LC_[A-Z]+|TMPDIR|TZ|API_KEY)$/
    expect(names.filter((name) => !allowed.test(name ?? ''))).toEqual([])
    expect(names).toContain('PATH')
    for (const secret of Object.values(secrets)) expect(environ).not.toContain(`=${secret}\0`)
    expect(environ).toContain('API_KEY=its-own\0')
    expect(environ).toContain('HOME=/srv\0')
  })
})

describe('ST-11 no expansion', () => {
  afterEach(() => {
    delete process.env.WARDER_KEK
  })

  it('ST-11 $NAME and its kin arrive as they are written', async () => {
    process.env.WARDER_KEK = 'kek-of-the-gateway'
    const texts = [
      '$WARDER_KEK',
      '${'.concat('WARDER_KEK}'),
      '%WARDER_KEK%',
      '{env:WARDER_KEK}',
      '~/x',
    ]
    const env = Object.fromEntries(texts.map((text, at) => [`VALUE_${at}`, text]))
    const { ask } = start({ command: [process.execPath, fixture, ...texts], env })
    expect(await ask('arguments')).toEqual(texts)
    for (const [name, text] of Object.entries(env)) {
      expect(await ask('variable', { name })).toBe(text)
    }
    expect(await ask('variable', { name: 'WARDER_KEK' })).toBeNull()
  })
})

describe('ST-05 framing', () => {
  it('ST-05 a raw newline in a value never makes a second message', async () => {
    const { ask, drops } = start()
    const text = 'a\n{"id":1,"method":"exit","params":{"code":1}}\r\n\u2028{"id":2}\u0085b'
    expect(await ask('echo', { text })).toEqual({ text })
    expect(drops).toEqual([])
  })

  it('ST-05 partial UTF-8 and CRLF make no difference', async () => {
    const { ask, messages, drops } = start()
    const bytes = Buffer.from('{"text":"é😀"}\r\n\r\n{"text":"b"}\r\n')
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
    await ask('raw', raw(...single))
    expect(messages.slice(0, 2)).toEqual([{ text: 'é😀' }, { text: 'b' }])
    expect(drops).toEqual([])
  })

  it.each([
    ['a log line', 'Listening on stdio'],
    ['two objects in a line', '{"id":1,"result":1}{"id":2,"result":2}'],
    ['a batch', '[{"id":1,"result":1}]'],
    ['what is not UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22)],
    ['a terminal sequence', '\u001b[2J{"id":1}'],
    ['a name twice', '{"id":1,"id":2,"result":1}'],
    ['a line of 5 MB', `{"filler":"${'x'.repeat(5_000_000)}"}`],
  ])('ST-05 %s is dropped with a report, and the next line is heard', async (_, line) => {
    const { ask, messages, drops } = start()
    const id = 1
    expect(await ask('raw', raw(line, '\n{"still":"here"}\n'))).toBe('written')
    expect(messages).toEqual([{ still: 'here' }, { id, result: 'written' }])
    expect(drops).toHaveLength(1)
    expect(drops[0]).toMatch(/^a line of \d+ bytes [^{}]+ \(1 dropped so far\)$/)
  })
})

/** What a process has open: number and target. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`]
    } catch {
      // The directory that was just read is itself one of this process's files, and is closed now.
      return []
    }
  })
}

describe('ST-09 open files', () => {
  it('ST-09 a child inherits its three pipes and no socket, file or sibling', async () => {
    const listening = createServer()
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    const file = openSync(fixture, 'r')
    // What whoever launched the tests left open for everything below it is not the gateway's.
    const launchers = openFiles(process.ppid).filter((open) =>
      openFiles(process.pid).includes(open),
    )
    try {
      const children = [await startCat(), await startCat()]
      const held = children.map(({ pid }) =>
        openFiles(pid).filter((open) => !launchers.includes(open)),
      )
      const pipe = /^(socket|pipe):/
      for (const files of held) {
        expect(files.map((open) => open.split(' ')[0])).toEqual(['0', '1', '2'])
        expect(files.every((open) => pipe.test(open.split(' ')[1] ?? ''))).toBe(true)
      }
      expect(new Set(held.flat()).size).toBe(6)
    } finally {
      closeSync(file)
      listening.close()
    }
  })

  it('ST-09 the gateway keeps nothing open for children that are gone', async () => {
    await start({ command: ['true'] }).child.exited
    const before = openFiles(process.pid)
    for (let round = 0; round < 5; round++) {
      const children = ['true', 'cat', 'no-such-program'].map((name) => start({ command: [name] }))
      await closeAllChildren()
      await Promise.all(children.map(({ child }) => child.exited))
    }
    // What files before this one left open may be closed meanwhile.
    expect(openFiles(process.pid).filter((file) => !before.includes(file))).toEqual([])
  })
})

describe('FT-36 a child that misbehaves', () => {
  it('FT-36 kill -9: what waits is rejected at once, and the neighbour goes on', async () => {
    const ended: ChildExit[] = []
    const victim = start({ onExit: (exit) => ended.push(exit) })
    const neighbour = start()
    await victim.ask('deaf')
    const sends = Array.from({ length: 4 }, () =>
      victim.child.send({ filler: 'x'.repeat(500_000) }),
    )
    const settled = Promise.allSettled(sends)
    process.kill(victim.pid, 'SIGKILL')
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'child_gone' } })
    }
    const exit = await victim.child.exited
    expect(exit).toMatchObject({
      signal: 'SIGKILL',
      reason: 'it was ended by SIGKILL',
      asked: false,
    })
    expect(isListed(victim.pid)).toBe(false)
    expect(await neighbour.ask('echo', { well: true })).toEqual({ well: true })
    expect(ended).toEqual([exit])
  })

  it('FT-36 hang: sending is bounded in bytes and in time, and it can still be closed', async () => {
    const { child, pid } = start({ maxPendingBytes: 1_000_000, sendTimeoutMs: 100 })
    await child.send({ id: 1, method: 'hang' })
    const sends = Array.from({ length: 20 }, () => child.send({ filler: 'x'.repeat(300_000) }))
    const results = await Promise.allSettled(sends)
    const blocked = results.filter(
      (result) => result.status === 'rejected' && result.reason.code === 'child_blocked',
    )
    expect(blocked.length).toBeGreaterThan(16)
    const details = blocked.map((result) => result.status === 'rejected' && result.reason.detail)
    expect(details).toContain('it has not read for 100 ms')
    await child.close(100)
    expect(isListed(pid)).toBe(false)
  })

  it('FT-36 crash loop: it waits longer each time, and says when it tries again', async () => {
    const delays: number[] = []
    let restart = () => {}
    let exited = () => {}
    const supervised = superviseChild({
      command: ['/bin/sh', '-c', 'exit 1'],
      platform: { now: () => 1_000, random: (length) => new Uint8Array(length) },
      timers: {
        after(delayMs, run) {
          delays.push(delayMs)
          restart = run
          return () => {}
        },
      },
      onMessage: () => {},
      onExit: () => exited(),
    })
    const waits: unknown[] = []
    for (let crash = 0; crash < 4; crash++) {
      await new Promise<void>((resolve) => {
        exited = resolve
      })
      waits.push(delays.at(-1))
      const refused = supervised.send({ id: 1 })
      await expect(refused).rejects.toMatchObject({
        code: 'child_restarting',
        retryAt: 1_000 + Number(waits.at(-1)),
      })
      restart()
    }
    expect(waits).toEqual([125, 250, 500, 1000])
    await supervised.close(0)
  })

  it('FT-36 garbage on stdout: it costs a few reports, and the answers still come', async () => {
    const { ask, drops } = start()
    const garbage = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => (at * 7919) % 256))
    expect(await ask('raw', raw(garbage, '\n'))).toBe('written')
    expect(drops.length).toBeGreaterThan(0)
    expect(drops.length).toBeLessThan(25)
  })

  it('FT-36 a line of 100 MB: memory stays flat, and the next line is heard', async () => {
    const { ask, drops } = start()
    await ask('echo')
    const used = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    const before = used()
    let peak = before
    const watch = setInterval(() => {
      peak = Math.max(peak, used())
    }, 2)
    expect(await ask('flood', { bytes: 100 * 1024 * 1024 })).toBe('flooded')
    clearInterval(watch)
    expect(drops).toEqual(['a line of 104857600 bytes is too long (1 dropped so far)'])
    expect(peak).toBeGreaterThan(before)
    expect(peak - before).toBeLessThan(40 * 1024 * 1024)
  })

  it('FT-36 ignores SIGTERM and a closed stdin: it dies at the end of the grace', async () => {
    const { child, ask, pid } = start()
    await ask('stubborn')
    await child.close(100)
    expect((await child.exited).signal).toBe('SIGKILL')
    expect(isListed(pid)).toBe(false)
  })

  it.each([
    ['is closed', (child: { close(graceMs: number): unknown }) => child.close(100)],
    ['is closed at once', (child: { close(graceMs: number): unknown }) => child.close(0)],
    [
      'exits',
      (child: { send(message: object): unknown }) =>
        child.send({ method: 'exit', params: { code: 0 } }),
    ],
    ['is killed', (child: { pid: number | undefined }) => process.kill(child.pid ?? 0, 'SIGKILL')],
  ] as const)('FT-36 a grandchild that ignores SIGTERM dies when the child %s', async (_, end) => {
    const { child, ask, pid } = start()
    const grandchild = await startGrandchild(ask, false)
    await end(child)
    await child.exited
    await expect.poll(() => isRunning(grandchild)).toBe(false)
    expect(isListed(pid)).toBe(false)
  })

  it('FT-36 a grandchild that left the group and holds the pipes does not hide the end', async () => {
    const timers = { after: (delayMs: number, run: () => void) => soon(delayMs / 20, run) }
    const { child, ask } = start({ timers })
    await startGrandchild(ask, true)
    await child.send({ method: 'exit', params: { code: 5 } })
    expect(await child.exited).toMatchObject({ code: 5, reason: 'it exited with code 5' })
  })
})

describe('FT-36 the end of the gateway', () => {
  let compiled = ''

  beforeAll(() => {
    // Where the packages are found that it imports.
    compiled = mkdtempSync(join(root, 'node_modules', '.gateway-'))
    compileChildren(compiled)
  }, 30_000)

  afterAll(() => rmSync(compiled, { recursive: true }))

  it.each([
    ['process.exit()', 'process.exit(0)', 0],
    ['an uncaught exception', "throw new Error('a fault')", 1],
    ['closeAllChildren', 'await closeAllChildren(50)', 0],
  ])('FT-36 %s leaves no child and no grandchild', (_, end, status) => {
    const program = join(compiled, 'main.mjs')
    writeFileSync(program, gatewayThatEndsBy(end))
    const run = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 10_000 })
    const pids = run.stdout.trim().split(' ').map(Number)
    strays.push(...pids)
    expect(pids).toHaveLength(2)
    expect(run.status).toBe(status)
    return expect.poll(() => pids.filter(isRunning)).toEqual([])
  })

  /** A program that starts a stubborn child with a stubborn grandchild, prints both, and ends. */
  const gatewayThatEndsBy = (end: string) => `
    import { closeAllChildren, startChild } from './gateway/upstreams/child/index.js'
    const answers = []
    let answered
    const child = startChild({
      command: [process.execPath, ${JSON.stringify(fixture)}],
      onMessage: (message) => answered(message.result),
      onExit: () => {},
    })
    const ask = (method) => new Promise((resolve) => {
      answered = resolve
      child.send({ id: 1, method, params: {} })
    })
    await ask('stubborn')
    const grandchild = await ask('grandchild')
    await new Promise((written) => process.stdout.write(child.pid + ' ' + grandchild, written))
    ${end}
  `
})

const root = fileURLToPath(new URL('..', import.meta.url))

/** Only a process of its own can show how one ends, and Node 20 does not run TypeScript. */
function compileChildren(outDir: string): void {
  const options = ['--ignoreConfig', '--noCheck', '--rewriteRelativeImportExtensions']
  const target = ['--module', 'nodenext', '--target', 'es2023', '--rootDir', 'src']
  const entry = 'src/gateway/upstreams/child/index.ts'
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, [...options, ...target, '--outDir', outDir, entry], { cwd: root })
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}')
}

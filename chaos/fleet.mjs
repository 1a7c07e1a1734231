/** The servers: `warder serve`, several processes on one store, each behind a proxy of its own. */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../scripts/services/supervised.mjs'
import { TcpProxy } from './proxy.mjs'

/** How long a server may take to listen. */
const PATIENCE = 30_000

export class Fleet {
  /** Every exit that nobody asked for. */
  crashes = []
  kills = 0
  servers = []
  #options
  #stopping = false

  /** @param options `{ build, config, folder, count, env, random, warden, failpoints }` */
  constructor(options) {
    this.#options = options
  }

  /** The environment of every server. */
  get env() {
    return this.#options.env
  }

  /** Makes the proxies, so that their ports can be in the settings. */
  async prepare() {
    const { count, random, clock } = this.#options
    for (let i = 0; i < count; i++) {
      const server = {
        index: i,
        clock,
        port: await freePort(),
        running: false,
        restarting: false,
        starts: 0,
      }
      server.proxy = await new TcpProxy(() => server.port, random.fork(`proxy${i}`)).listen()
      this.servers.push(server)
    }
    // What the issuer names: any server that runs.
    this.front = await new TcpProxy(() => this.running()[0]?.port, random.fork('front')).listen()
    return this
  }

  running = () => this.servers.filter(({ running }) => running)
  get ports() {
    return this.servers.map(({ proxy }) => proxy.port)
  }

  /** @throws {Error} if one does not serve. */
  async startAll() {
    for (const server of this.servers) {
      for (let tries = 0; !(await this.start(server)); tries++) {
        const said = this.lastWords(server)
        if (tries === 3 || !said.includes('is taken')) throw new Error(`No start: ${said}`)
        // Somebody else was given the port meanwhile.
        this.crashes.pop()
        server.port = await freePort()
      }
    }
  }

  /** Starts one and waits until it serves. */
  async start(server, changes = {}) {
    const { config, folder, warden, random, failpoints } = this.#options
    const { build, env, args = [], wrap = [] } = { ...this.#options, ...changes }
    const log = openSync(join(folder, `server-${server.index}.log`), 'a')
    const main = join(build, 'dist/cli/main.js')
    const serve = [main, 'serve', '--config', config, '--port', String(server.port)]
    const [command, ...all] = [...wrap, process.execPath, ...serve, '--host', '127.0.0.1', ...args]
    const hits = join(folder, 'failpoint-hits')
    server.starts++
    const child = spawn(command, all, {
      stdio: ['ignore', 'pipe', log],
      env: {
        ...process.env,
        NO_COLOR: '1',
        ...env,
        WARDER_FAILPOINT: failpoints ?? '',
        WARDER_FAILPOINT_HITS: hits,
        WARDER_FAILPOINT_SEED: `${random.seed}/${server.index}/${server.starts}`,
        ...(server.clock && { WARDER_TEST_CLOCK: JSON.stringify(server.clock) }),
        ...changes.env,
      },
    })
    warden.guard(child.pid)
    Object.assign(server, { child, pid: child.pid, expected: undefined, stoppedAt: undefined })
    server.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        warden.release(child.pid)
        server.running = false
        this.#judge(server, { code, signal, pid: child.pid })
        resolve({ code, signal })
      })
    })
    const ready = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (/is running/.test(line)) resolve(true)
      })
    })
    const outcome = await Promise.race([
      ready,
      server.exited.then(() => false),
      sleep(PATIENCE, 'late', { ref: false }),
    ])
    if (outcome === 'late') {
      await this.kill(server)
      throw new Error(`Server ${server.index} was not ready in ${PATIENCE} ms.`)
    }
    server.running = outcome && server.child === child && child.exitCode === null
    return server.running
  }

  /** Keeps every server running until {@link stopAll}, whatever ends it. */
  keepUp() {
    this.#keeping = true
    for (const server of this.servers) this.#restart(server)
  }
  #keeping = false

  async #restart(server) {
    if (server.restarting) return
    server.restarting = true
    while (this.#keeping && !this.#stopping) {
      if (server.running) await server.exited
      if (this.#keeping && !this.#stopping) await this.start(server)
    }
    server.restarting = false
  }

  /** Lets no server be started again by itself. */
  async rest() {
    this.#keeping = false
    while (this.servers.some(({ restarting, running }) => restarting && !running)) await sleep(20)
  }

  async kill(server) {
    server.expected = 'SIGKILL'
    this.kills++
    server.child.kill('SIGKILL')
    await server.exited
  }

  signal(server, name) {
    server.child.kill(name)
  }

  /** Tells one to stop, and waits. @returns how it ended */
  async terminate(server, name = 'SIGTERM') {
    server.expected = name
    server.child.kill(name)
    return server.exited
  }

  #judge(server, { code, signal, pid }) {
    if (server.expected !== undefined || this.#stopping) return
    if (signal === 'SIGKILL' && this.hits().some((hit) => hit.pid === pid)) {
      this.kills++
      return
    }
    this.crashes.push({ server: server.index, code, signal, log: this.lastWords(server) })
  }

  /** Which failpoints ended which process. */
  hits() {
    const file = join(this.#options.folder, 'failpoint-hits')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean)
    return lines.map((line) => {
      const [pid, name] = line.split(' ')
      return { pid: Number(pid), name }
    })
  }

  lastWords(server) {
    const text = readFileSync(join(this.#options.folder, `server-${server.index}.log`), 'utf8')
    return text.split('\n').slice(-6).join('\n').slice(-1500)
  }

  /** Resident memory and open files of a server. */
  usage({ pid }) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      memory: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024,
      files: readdirSync(`/proc/${pid}/fd`).length,
    }
  }

  /** Bounds what a running server may have. */
  limit({ pid }, what, value) {
    const { status, stderr } = spawnSync('prlimit', [`--pid=${pid}`, `--${what}=${value}`])
    if (status !== 0) throw new Error(`prlimit: ${stderr}`)
  }

  async stopAll() {
    this.#stopping = true
    const alive = this.servers.filter(
      ({ child }) => child?.exitCode === null && child.signalCode === null,
    )
    for (const { child } of alive) {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
    }
    const patience = sleep(8_000, 'late', { ref: false })
    if (
      (await Promise.race([Promise.all(alive.map((each) => each.exited)), patience])) === 'late'
    ) {
      for (const { child } of alive) child.kill('SIGKILL')
      await Promise.all(alive.map(({ exited }) => exited))
    }
  }

  async close() {
    await this.stopAll()
    await Promise.all(
      [this.front, ...this.servers.map(({ proxy }) => proxy)].map((p) => p?.close()),
    )
  }
}

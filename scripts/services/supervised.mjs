/** A server under a supervisor, which ends it even if this process is killed. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const supervisor = fileURLToPath(new URL('supervisor.mjs', import.meta.url))

/** A port that nobody uses now. */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** A server that can be started, signalled and started again, in a directory that goes with it. */
export class Supervised {
  /** The process of the server; undefined while it does not run. */
  pid
  #start
  #directory
  #process
  #waiting = []

  /** @param start What `spawn` needs to start the server. */
  constructor(directory, start) {
    this.#directory = directory
    this.#start = start
    // Detached: a Ctrl-C at the terminal must not reach it before it has ended the server.
    this.#process = spawn(process.execPath, [supervisor, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    this.#process.stdin.on('error', () => {})
    createInterface({ input: this.#process.stdout }).on('line', (line) =>
      this.#hear(JSON.parse(line)),
    )
    this.#process.on('exit', () => this.#hear({ exited: 'with its supervisor', ended: true }))
    // Neither it nor what it says keeps this process alive.
    for (const held of [this.#process, this.#process.stdin, this.#process.stdout]) held.unref()
  }

  /** Starts the server. Resolves when it can be used. */
  async start() {
    this.#order({ start: this.#start })
    const heard = await this.#next(
      ({ ready, exited }) => ready !== undefined || exited !== undefined,
    )
    if (heard.exited === undefined) return
    throw new Error(`The server ended at once: ${heard.exited}\n${this.log()}`)
  }

  /** Sends the server a signal, such as SIGSTOP. */
  signal(name) {
    this.#order({ signal: name })
  }

  /** Ends the server, by SIGQUIT unless told, and waits for that. It can be started again. */
  async halt(name = 'SIGQUIT') {
    if (this.pid === undefined) return
    const exited = this.#next((heard) => heard.exited !== undefined)
    this.signal(name)
    await exited
  }

  /** Ends the server for good and removes its directory. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = this.#next((heard) => heard.ended === true)
    this.#process.stdin.end()
    await ended
  }

  /** What the server has printed. */
  log() {
    return readFileSync(join(this.#directory, 'log'), 'utf8')
  }

  #order(order) {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`)
  }

  #hear(heard) {
    if (heard.started !== undefined) this.pid = heard.started
    if (heard.exited !== undefined) this.pid = undefined
    for (const each of this.#waiting.filter(({ wanted }) => wanted(heard))) {
      this.#waiting.splice(this.#waiting.indexOf(each), 1)
      each.resolve(heard)
      if (this.#waiting.length === 0) this.#process.stdout.unref()
    }
  }

  /** What is heard next of a kind. While somebody waits, the process stays alive. */
  #next(wanted) {
    this.#process.stdout.ref()
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }))
  }
}

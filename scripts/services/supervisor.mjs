/**
 * Runs one server for the process that started this, and ends it when that process ends, however it
 * does: its end closes our standard input, which not even SIGKILL can prevent.
 *
 * Lines of JSON come in (`{ start }`, `{ signal }`) and go out (`{ started }`, `{ ready }`,
 * `{ exited }`). What the server prints goes to `log` in the directory, which goes in the end.
 *
 * Usage: node supervisor.mjs DIRECTORY
 */

import { spawn } from 'node:child_process'
import { createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** PostgreSQL, Redis and Valkey all say so. */
const READY = /ready to accept connections/i
/** How long a server may take to end before it is killed. */
const PATIENCE = 5000

const [directory] = process.argv.slice(2)
const log = createWriteStream(join(directory, 'log'), { flags: 'a' })
let server
let ending = false

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

function start({ command, args, ...options }) {
  const stdio = ['ignore', 'pipe', 'pipe']
  // A group of its own, so that it can be ended with all that it starts.
  const child = spawn(command, args, { ...options, cwd: directory, stdio, detached: true })
  server = child
  child.on('error', (error) => tell({ exited: String(error) }))
  child.on('spawn', () => tell({ started: child.pid }))
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    createInterface({ input: stream }).on('line', (line) => {
      if (READY.test(line)) tell({ ready: true })
    })
  }
  child.on('exit', (code, signal) => {
    server = undefined
    tell({ exited: signal ?? code })
    if (ending) leave()
  })
}

/** Signals the server alone: PostgreSQL passes on to its own what they are to know. */
const signal = (name) => server?.kill(name)

function leave() {
  rmSync(directory, { recursive: true, force: true })
  process.exit()
}

function end() {
  if (ending) return
  ending = true
  if (server === undefined) leave()
  // It may have been stopped in its tracks.
  signal('SIGCONT')
  signal('SIGQUIT')
  const { pid } = server
  setTimeout(() => process.kill(-pid, 'SIGKILL'), PATIENCE)
}

// Nobody may be left to read.
process.stdout.on('error', () => {})
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, end)
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line)
    if (order.start !== undefined) start(order.start)
    if (order.signal !== undefined) signal(order.signal)
  })
  .on('close', end)

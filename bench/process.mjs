/** Programs that a contestant consists of: started, waited for, ended. */

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pinned, serverCpus } from './machine.mjs'

/** How long a server may take to begin, in milliseconds. */
const PATIENCE = 60_000

/** A port that nobody uses now. */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** What runs. None of it outlives the benchmark, however that ends. */
const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

/** Starts a process that ends with this one. */
export function spawnChild([command, ...args], options) {
  const child = spawn(command, args, options)
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Ends a process, and waits for that. */
function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  })
}

/**
 * Starts one of `servers/` on the server's CPU. It says in one line of JSON what to ask of it.
 *
 * @returns `{ pid, target, stop }`
 */
export async function startScript(name, work, { on = serverCpus } = {}) {
  const port = await freePort()
  const program = fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' }
  const command = pinned(on, process.execPath, program, work, String(port))
  const child = spawnChild(command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let told = ''
  child.stderr.on('data', (text) => {
    told = `${told}${text}`.slice(-4000)
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"target"')) continue
    child.stdout.resume()
    const { target } = JSON.parse(line)
    const headers = { authorization: target.authorization }
    return {
      pid: child.pid,
      target: { host: '127.0.0.1', port, headers, ...target },
      stop: () => end(child),
    }
  }
  throw new Error(`${name} did not start: ${told}`)
}

/**
 * Starts a program and waits until an address answers 200.
 *
 * @param log Where its lines go: also events, one for each request, as whoever runs a server has it.
 * @returns `{ pid, stop }`
 */
export async function startProgram(args, { env, readyAt, log, on = serverCpus }) {
  const lines = openSync(log, 'a')
  const stdio = ['ignore', 'ignore', lines]
  const command = pinned(on, process.execPath, ...args)
  const child = spawnChild(command, { env: { ...process.env, ...env }, stdio })
  closeSync(lines)
  const deadline = Date.now() + PATIENCE
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(readyAt).catch(() => undefined)
    if (answer?.ok) return { pid: child.pid, stop: () => end(child) }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await end(child)
  throw new Error(`${args.join(' ')} did not start: ${readFileSync(log, 'utf8').slice(-4000)}`)
}

/**
 * The official MCP conformance suite against `warder serve`, nothing skipped, no expected failures.
 *
 * The suite needs Node 22 or newer, so it runs under the Node 24 binary of the npm package
 * `node-linux-…`, which is put into .tools/ if it is not there.
 *
 * Usage: npm run conformance [-- authorization]
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signIn } from '../examples/support/headless-sign-in.mjs'

const NODE_24 = '24.21.0'
const root = fileURLToPath(new URL('..', import.meta.url))
const password = 'correct horse battery staple'
const work = mkdtempSync(join(tmpdir(), 'warder-conformance-'))

const role = process.argv[2] ?? 'authorization'
if (role !== 'authorization') {
  console.error(`conformance: there is no role “${role}” here; use: authorization`)
  process.exit(2)
}

function node24() {
  const name = `node-linux-${process.arch}`
  const path = join(root, `.tools/node_modules/${name}/bin/node`)
  if (!existsSync(path)) {
    const args = [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--prefix',
      join(root, '.tools'),
    ]
    spawnSync('npm', [...args, `${name}@${NODE_24}`], { stdio: 'ignore' })
  }
  return path
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const [port, callbackPort] = [await freePort(), await freePort()]
const issuer = `http://localhost:${port}`
const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const command = [process.execPath, everything, 'stdio']
writeFileSync(join(work, 'password'), password)
writeFileSync(
  join(work, 'warder.config.json'),
  JSON.stringify({ mcp: { everything: { command } } }),
)

const installation = [
  '--config',
  join(work, 'warder.config.json'),
  '--data',
  join(work, 'data'),
  '--issuer',
  issuer,
]
const cli = join(root, 'dist/cli/main.js')
function warder(...args) {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args, ...installation], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`warder ${args.join(' ')} failed: ${stderr}`)
}
warder('user', 'add', 'alice@example.com', '--password-file', join(work, 'password'))
warder(
  'client',
  'add',
  'Conformance',
  '--id',
  'conformance',
  '--public',
  '--redirect-uri',
  'http://127.0.0.1/callback',
)

/** Starts a program and gives each line it prints to `onLine`; resolves with its exit code. */
function start(program, args, onLine) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) onLine(line)
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints += text
  })
  const exited = new Promise((resolve) => child.on('exit', (code) => resolve({ code, complaints })))
  return { child, exited }
}

let running
const ready = new Promise((resolve, reject) => {
  running = start(process.execPath, [cli, 'serve', ...installation], (line) => {
    if (line.includes('is running')) resolve()
  })
  running.exited.then(({ complaints }) => reject(new Error(`warder serve ended: ${complaints}`)))
})

let failed = 1
try {
  await ready
  const person = { username: 'alice@example.com', password }
  const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
  const results = join(work, 'results')
  const args = ['authorization', '--url', issuer, '--client-id', 'conformance']
  const about = [
    '--resource',
    `${issuer}/mcp/everything`,
    '-p',
    String(callbackPort),
    '-o',
    results,
  ]
  const { exited } = start(node24(), [suite, ...args, ...about], async (line) => {
    console.log(line)
    // The suite waits for a person here.
    if (line.startsWith(`${issuer}/authorize?`)) await fetch(await signIn(line, person))
  })
  const { code, complaints } = await exited
  if (complaints !== '') console.error(complaints)
  failed = report(results, code)
} finally {
  running.child.kill('SIGTERM')
  await running.exited
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1

/** Counts the checks; a skipped one is a failed one. */
function report(directory, exitCode) {
  const checks = readdirSync(directory, { recursive: true })
    .filter((file) => file.endsWith('checks.json'))
    .flatMap((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')))
  const bad = checks.filter(({ status }) => !['SUCCESS', 'INFO'].includes(status))
  for (const { id, status, errorMessage } of bad)
    console.log(`${status} ${id} ${errorMessage ?? ''}`)
  const good = checks.filter(({ status }) => status === 'SUCCESS')
  const scenarios = new Set(readdirSync(directory)).size
  const problems = bad.length + (exitCode === 0 ? 0 : 1) + (scenarios === 2 ? 0 : 1)
  console.log(`conformance: ${scenarios} scenarios of the authorization role`)
  console.log(`${good.length} passed, ${problems} failed`)
  return problems
}

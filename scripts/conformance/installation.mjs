/** A `warder serve` of its own for the suite, with one person and one client, and what they need. */

import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signIn } from '../../examples/support/headless-sign-in.mjs'
import { root } from '../tool.mjs'

const NODE_24 = '24.21.0'
const CLIENT = 'conformance'
const person = { username: 'alice@example.com', password: 'correct horse battery staple' }

/** The Node that the suite needs; fetched from npm if it is not there. */
function node24() {
  const name = `node-linux-${process.arch}`
  const prefix = join(root, '.tools')
  const path = join(prefix, `node_modules/${name}/bin/node`)
  if (!existsSync(path)) {
    const quiet = ['--no-save', '--no-audit', '--no-fund']
    const args = ['install', ...quiet, '--prefix', prefix, `${name}@${NODE_24}`]
    spawnSync('npm', args, { stdio: 'ignore' })
  }
  return path
}

/** A port that nobody uses now. */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Starts a program and gives each line it prints to `onLine`; `exited` tells its end. */
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

/** Runs the official suite to its end. */
export async function runSuite(args, onLine = () => {}) {
  const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
  const { code, complaints } = await start(node24(), [suite, ...args], onLine).exited
  if (code !== 0 && complaints !== '') console.error(complaints)
  return code
}

/** Installs and starts a Warder that guards the given servers. */
export async function startWarder(mcp) {
  const directory = mkdtempSync(join(tmpdir(), 'warder-conformance-'))
  const issuer = `http://localhost:${await freePort()}`
  const config = join(directory, 'warder.config.json')
  writeFileSync(config, JSON.stringify({ mcp }))
  writeFileSync(join(directory, 'password'), person.password)
  const data = join(directory, 'data')
  const installation = ['--config', config, '--data', data, '--issuer', issuer]
  const cli = join(root, 'dist/cli/main.js')
  const warder = (...args) => {
    const options = { encoding: 'utf8' }
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args, ...installation], options)
    if (status !== 0) throw new Error(`warder ${args.join(' ')} failed: ${stderr}`)
  }
  warder('user', 'add', person.username, '--password-file', join(directory, 'password'))
  const redirect = ['--redirect-uri', 'http://127.0.0.1/callback']
  warder('client', 'add', 'Conformance', '--id', CLIENT, '--public', ...redirect)

  let running
  await new Promise((resolve, reject) => {
    running = start(process.execPath, [cli, 'serve', ...installation], (line) => {
      if (line.includes('is running')) resolve()
    })
    running.exited.then(({ complaints }) => reject(new Error(`warder serve ended: ${complaints}`)))
  })
  return {
    issuer,
    directory,
    clientId: CLIENT,
    /** Where the person is sent after they allowed what this address asks for. */
    allow: (authorizationUrl) => signIn(authorizationUrl, person),
    token: (resource) => tokenFor(resource, issuer),
    async close() {
      running.child.kill('SIGTERM')
      await running.exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** An access token of the person for a resource. */
async function tokenFor(resource, issuer) {
  const verifier = randomBytes(32).toString('base64url')
  const common = { client_id: CLIENT, redirect_uri: 'http://127.0.0.1:1/callback', resource }
  const asked = new URLSearchParams({
    ...common,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const back = new URL(await signIn(`${issuer}/authorize?${asked}`, person))
  const code = back.searchParams.get('code')
  const grant = { grant_type: 'authorization_code', code, code_verifier: verifier }
  const body = new URLSearchParams({ ...common, ...grant })
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body })
  const { access_token: token, error } = await answer.json()
  if (token === undefined) throw new Error(`There is no token: ${error}`)
  return token
}

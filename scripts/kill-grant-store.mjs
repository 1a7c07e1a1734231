/**
 * Kills a process at each step of a refresh, and looks whether the next one can go on (FT-11).
 *
 * Usage: npm run --silent build && node scripts/kill-grant-store.mjs [--kills N] [--build FOLDER] [--json]
 *
 * A step is each call to the file system, before it, after it and in the middle of what it writes, and
 * each thing that happens between the client and the server. Each is gone through once unless told, and
 * 200 at least, with one process that dies and one that comes after it. A server that allows a
 * refresh to be repeated, as RFC 9700 §4.14 lets it for a lost answer, must never see anything else.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const script = fileURLToPath(import.meta.url)
const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    /** Where the product is built. */
    build: { type: 'string', default: join(import.meta.dirname, '..') },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
})

await (values.child === undefined ? supervise(values.kills) : refresh(values.child))

/** What a client does, in a process that may be told when to die. */
async function refresh(instructions) {
  const { directory, key, endpoint, dieAt } = JSON.parse(instructions)
  const steps = await mortal(dieAt)
  const { Secret } = await import(join(values.build, 'dist/vault/secret.js'))
  const { sealedGrantStore } = await import(
    join(values.build, 'dist/client/grants/sealed-store.js')
  )
  const store = sealedGrantStore({ directory, patience: 10_000 })
  const kept = await store.decide(key, async (kept) => {
    const refreshToken = kept?.refreshToken.reveal('refreshing') ?? 'rt-0'
    const body = new URLSearchParams({ refresh_token: refreshToken })
    const response = await fetch(endpoint, { method: 'POST', body })
    const { access_token, refresh_token, error } = await response.json()
    if (error !== undefined) throw new Error(error)
    return {
      keep: {
        key,
        tokenEndpoint: endpoint,
        tokenType: 'Bearer',
        accessToken: new Secret(access_token),
        refreshToken: new Secret(refresh_token),
        scopes: ['files:read'],
        givenAt: Date.now(),
      },
    }
  })
  await store.close()
  const token = kept.accessToken.reveal('telling')
  process.stdout.write(JSON.stringify({ token, steps: steps() }))
}

/** Puts a step before, after and within each call to the file system, and dies at the one that is named. */
async function mortal(dieAt) {
  const { default: fs } = await import('node:fs/promises')
  const { syncBuiltinESMExports } = await import('node:module')
  let count = 0
  const step = () => {
    if (++count === dieAt) process.kill(process.pid, 'SIGKILL')
  }
  const between =
    (act) =>
    async (...parameters) => {
      step()
      const result = await act(...parameters)
      step()
      return result
    }
  for (const name of ['link', 'lstat', 'mkdir', 'readdir', 'rename', 'rm']) {
    fs[name] = between(fs[name])
  }
  const open = between(fs.open)
  fs.open = async (...parameters) => {
    const file = await open(...parameters)
    const write = file.writeFile.bind(file)
    for (const name of ['stat', 'sync', 'readFile', 'close'])
      file[name] = between(file[name].bind(file))
    file.writeFile = async (text) => {
      await write(text.slice(0, text.length / 2))
      step()
      await write(text.slice(text.length / 2))
      step()
    }
    return file
  }
  syncBuiltinESMExports()
  return () => count
}

/** Token endpoints that let the last refresh be repeated, until what it gave is used; one a grant. */
function tokenEndpoints() {
  const generations = new Map()
  const refused = []
  const answer = (path, sent) => {
    const generation = generations.get(path) ?? 0
    if (sent === `rt-${generation}`) generations.set(path, generation + 1)
    else if (sent !== `rt-${generation - 1}`) {
      refused.push(`${sent} at ${path}`)
      return { error: 'invalid_grant' }
    }
    const current = generations.get(path)
    return { access_token: `at-${current}`, refresh_token: `rt-${current}` }
  }
  /** Called when a request has come, when it was dealt with and when it was answered. */
  let during = () => {}
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    during('asked')
    const answered = answer(request.url, new URLSearchParams(body).get('refresh_token') ?? '')
    during('renewed')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answered), () => during('answered'))
  })
  return {
    refused,
    accessToken: (path) => `at-${generations.get(path)}`,
    watch: (watcher) => {
      during = watcher
    },
    listen: () => new Promise((listening) => server.listen(0, '127.0.0.1', listening)),
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    close: () => server.close(),
  }
}

/** One process after the other, each second one to be killed. */
async function supervise(wanted) {
  const scratch = mkdtempSync(join(tmpdir(), 'warder-kills-'))
  const endpoints = tokenEndpoints()
  await endpoints.listen()
  const started = performance.now()
  try {
    const found = await killAll(wanted, scratch, endpoints)
    const { faults, kills, reached, places, slowest } = found
    process.exitCode = faults.length === 0 ? 0 : 1
    if (values.json) return console.log(JSON.stringify(found))
    for (const fault of faults) console.error(fault)
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    console.log(
      `kill-grant-store: ${kills} kills at ${reached} of ${places} places, ${faults.length} faults, the next one was done within ${slowest.toFixed(0)} ms, ${seconds} s`,
    )
  } finally {
    endpoints.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function killAll(wanted, scratch, endpoints) {
  const client = (name, account) => clientOf({ scratch, name, account, endpoints })
  const used = client('used', 'default')
  await client('used', 'bystander').live()
  const bystander = used.files()
  await used.live()
  const { steps } = await used.live()
  const { steps: firstSteps } = await client('first', 'default').live()
  const everyStep = (count, more) =>
    Array.from({ length: count }, (_, at) => ({ ...more, dieAt: at + 1 }))
  const places = [
    ...['asked', 'renewed', 'answered'].map((at) => ({ at })),
    ...everyStep(steps, {}),
    ...everyStep(firstSteps, { isFirst: true }),
  ]
  const most = Number(wanted ?? Math.max(200, places.length))
  const faults = []
  const reached = new Set()
  let slowest = 0
  let kills = 0
  for (let run = 0; kills < most && run < 2 * most && faults.length === 0; run++) {
    // All over the places, also where there are fewer kills than those.
    const place = places[(run * stride(places.length)) % places.length]
    const where = JSON.stringify(place)
    const chosen = place.isFirst ? client(`first-${run}`, 'default') : used
    const signal = await chosen.die(place)
    if (signal === 'SIGKILL') {
      kills++
      reached.add(where)
    }
    // What was answered can be kept before the news of it has come back.
    if (signal !== 'SIGKILL' && place.at !== 'answered') faults.push(`${where}: was not reached`)
    const from = performance.now()
    const token = await chosen.live().then(
      (next) => next.token,
      (error) => `none: ${error}`,
    )
    slowest = Math.max(slowest, performance.now() - from)
    if (token !== chosen.lastToken()) faults.push(`${where}: the next one had ${token}`)
    const files = chosen.files()
    const left = [...files.keys()].filter((name) => name.endsWith('.new'))
    if (left.length > 0) faults.push(`${where}: leaves ${left}`)
    const changed = [...bystander].filter(([name, bytes]) => used.files().get(name) !== bytes)
    if (changed.length > 0) faults.push(`${where}: changes ${changed} of another`)
  }
  faults.push(...endpoints.refused.map((refused) => `the server refused ${refused}`))
  return { faults, kills, reached: reached.size, places: places.length, slowest }
}

/** A number that has no divisor in common with a count, near its golden section. */
function stride(count) {
  const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b))
  let candidate = Math.max(1, Math.round(count * 0.618))
  while (divisor(candidate, count) !== 1) candidate++
  return candidate
}

/** Processes that refresh one grant in one directory. */
function clientOf({ scratch, name, account, endpoints }) {
  const directory = join(scratch, name)
  const path = `/${name}/${account}`
  const key = { issuer: 'https://as.test', clientId: 'c', resource: '', account }
  const run = (dieAt) => {
    const instructions = { directory, key, endpoint: endpoints.url(path), dieAt }
    const told = ['--build', values.build, '--child', JSON.stringify(instructions)]
    const child = spawn(process.execPath, [script, ...told])
    const streams = { stdout: '', stderr: '' }
    for (const stream of Object.keys(streams)) {
      child[stream].on('data', (chunk) => {
        streams[stream] += chunk
      })
    }
    const ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, ...streams }))
    })
    return { child, ended }
  }
  return {
    lastToken: () => endpoints.accessToken(path),
    files() {
      const names = readdirSync(directory).sort()
      return new Map(names.map((each) => [each, readFileSync(join(directory, each), 'utf8')]))
    },
    async live() {
      endpoints.watch(() => {})
      const { code, stdout, stderr } = await run().ended
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout)
    },
    async die({ at, dieAt }) {
      const { child, ended } = run(dieAt)
      endpoints.watch((moment) => moment === at && child.kill('SIGKILL'))
      return (await ended).signal
    },
  }
}

/** FT-44: the key-encryption key is away, wrong, and changed by a command that is killed. */

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectNoReuse, probeAll } from './support.mjs'

export const keyEncryption = {
  id: 'FT-44',
  title:
    'the key-encryption key is away or wrong at start; rekeying is killed half-way, under load',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Changes of the key. */
  rounds: { full: 10, short: 2 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16, ttl: { refreshGrace: 60 } })
    world.evidence.lossy = true
    const { fleet, installation } = world
    const families = await installation.families(20)
    await world.serve()
    const [first, second] = fleet.servers
    const deck = [{ action: 'refresh' }, { action: 'credentials', item: installation.service }]
    const load = world.clients.run('steady', {
      ...{ rate: 30, seconds: 3600, retries: 2 },
      deck,
      families,
    })

    await fleet.terminate(second)
    await expectRefusal(world, second, { WARDER_CHAOS_KEK: randomBytes(32).toString('base64') })
    await expectRefusal(world, second, { WARDER_CHAOS_KEK: '' })
    await fleet.start(second)

    let killed = 0
    for (let round = 0; round < rounds; round++) {
      changeKey(world)
      for (const server of [first, second]) {
        await fleet.terminate(server)
        world.expect(
          await fleet.start(server),
          `no start with both keys: ${fleet.lastWords(server)}`,
        )
      }
      const random = world.random.fork(`rekey${round}`)
      for (let attempt = 0; attempt < 3; attempt++) {
        if (await rekey(world, { killAfter: random.between(200, 1_500) })) killed++
      }
      await rekey(world, {})
      dropOldKey(world)
      for (const server of [first, second]) {
        await fleet.terminate(server)
        world.expect(
          await fleet.start(server),
          `no start with the new key alone: ${fleet.lastWords(server)}`,
        )
      }
    }
    await sleep(500)
    world.clients.stop()
    const done = await load
    const failed = Object.entries(done.counts).filter(([name]) => !name.endsWith(':ok'))
    world.expect(
      failed.length === 0,
      `requests failed even when asked again: ${JSON.stringify(failed)}`,
    )
    await probeAll(world, done.families)
    await expectNoReuse(world)
    world.facts = { changes: rounds, rekeyingsKilled: killed, ...done.counts }
  },
}

/** A server that cannot have its key must not serve. */
async function expectRefusal({ fleet, ...world }, server, env) {
  const crashes = fleet.crashes.length
  const isUp = await fleet.start(server, { env })
  // It ends by itself, which is what it must do here.
  const [refusal] = fleet.crashes.splice(crashes)
  if (isUp) world.problems.push('a server started without its key-encryption key')
  else if (refusal?.code !== 2) world.problems.push(`it ended with ${JSON.stringify(refusal)}`)
}

/** A new key first, and the old one for as long as something is under it. */
function changeKey({ installation, fleet }) {
  const kek = randomBytes(32).toString('base64')
  installation.canaries.push(kek)
  Object.assign(fleet.env, {
    WARDER_CHAOS_OLD_KEK: fleet.env.WARDER_CHAOS_KEK,
    WARDER_CHAOS_KEK: kek,
  })
  Object.assign(installation.env, fleet.env)
  setVault(installation, { previousKeks: [{ env: 'WARDER_CHAOS_OLD_KEK' }] })
}

const dropOldKey = ({ installation }) => setVault(installation, {})

function setVault(installation, { previousKeks = [] }) {
  installation.settings.vault = { kek: { env: 'WARDER_CHAOS_KEK' }, previousKeks }
  const settings = JSON.parse(readFileSync(installation.config, 'utf8'))
  writeFileSync(
    installation.config,
    JSON.stringify({ ...settings, vault: installation.settings.vault }),
  )
}

/** Runs `warder rekey`. @returns whether it was killed before its end */
async function rekey(world, { killAfter }) {
  const { installation, build } = world
  const args = [
    join(build, 'dist/cli/main.js'),
    'rekey',
    '--new-data-key',
    '--config',
    installation.config,
  ]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...installation.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (piece) => {
    said += piece
  })
  world.warden.guard(child.pid)
  const exited = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter).unref()
  const { code, signal } = await exited
  world.warden.release(child.pid)
  world.expect(signal === 'SIGKILL' || code === 0, `rekey ended with ${code}: ${said}`)
  return signal === 'SIGKILL'
}

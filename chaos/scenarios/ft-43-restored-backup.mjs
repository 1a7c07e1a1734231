/** FT-43: a store is put back from a backup that does not know what was used since. */

import { spawn } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../scripts/services/programs.mjs'
import { now } from '../clock.mjs'

export const restoredBackup = {
  id: 'FT-43',
  title: 'a backup of a store in use is restored: what was used or exchanged since stays so',
  stores: ['sqlite', 'postgres', 'redis'],
  invariants: ['INV-1', 'INV-8', 'INV-10', 'INV-11'],
  /** Families, and codes. */
  rounds: { full: 500, short: 30 },

  async run(world, { rounds }) {
    await world.open({ servers: 2, connections: 16, ttl: { refreshGrace: 10 } })
    const { fleet, clients, installation, store } = world
    const backup = backups[store.path === undefined ? 'postgres' : 'sqlite']
    const families = await installation.families(rounds)
    const codes = await installation.codes(rounds)
    await world.serve()
    const copy = join(world.folder, 'backup')
    const load = clients.run('refreshing', { families, count: 4 * rounds })
    const at = new Date().toISOString()
    await backup.make(world, copy)
    const before = structuredClone(families)
    const { families: after } = await load
    await clients.run('redeeming', { codes, width: 8 })

    for (const server of fleet.running()) await fleet.terminate(server)
    await backup.restore(world, copy)
    await warder(world, ['revoke-since', at])
    for (const server of fleet.servers) await fleet.start(server)

    // What was said before is of a store that is no more.
    world.evidence.since = now()
    const old = await clients.run('probing', { families: before })
    const latest = await clients.run('probing', { families: after })
    const { outcomes } = await clients.run('redeeming', { codes, width: 8 })
    for (const [what, each] of Object.entries({
      old: old.outcomes,
      latest: latest.outcomes,
      codes: outcomes,
    })) {
      world.expect(each.invalid_grant === rounds, `${what} got ${JSON.stringify(each)}`)
    }
    const alive = (await store.rows('families')).filter((family) => family.revoked_at === null)
    world.expect(alive.length === 0, `${alive.length} families came back to life`)
    world.facts = { families: rounds, codes: rounds }
  },
}

/** As docs/operations.md says it is done with each database. */
const backups = {
  sqlite: {
    make: (world, copy) => warder(world, ['backup', copy]),
    async restore({ store }, copy) {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${store.path}${ending}`, { force: true })
      copyFileSync(copy, store.path)
    },
  },
  postgres: {
    make: (world, copy) =>
      run(world, findProgram('pg_dump'), ['--format=custom', `--file=${copy}`, world.store.url]),
    async restore(world, copy) {
      const { url, use } = world.store
      await use((client) => client.query('drop schema public cascade; create schema public'))
      await run(world, findProgram('pg_restore'), ['--exit-on-error', `--dbname=${url}`, copy])
    },
  },
}

/** Runs a command of the product on the installation. */
function warder(world, args) {
  const { installation, build } = world
  const main = join(build, 'dist/cli/main.js')
  return run(world, process.execPath, [main, ...args, '--config', installation.config])
}

async function run(world, program, args) {
  const child = spawn(program, args, {
    env: { ...process.env, ...world.installation.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  world.warden.guard(child.pid)
  let said = ''
  child.stderr.on('data', (piece) => {
    said += piece
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  world.warden.release(child.pid)
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}: ${said}`)
}

/** FT-25: the disk is full while tokens are issued. */

import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.mjs'
import { expectAllAlive, expectNoReuse, probeAll } from './support.mjs'

export const diskFull = {
  id: 'FT-25',
  title: 'the disk is full while tokens are issued, then has room again',
  stores: ['sqlite', 'postgres'],
  invariants: ['INV-1', 'INV-2', 'INV-3', 'INV-7', 'INV-8', 'INV-10', 'INV-11'],
  /** Times that it is full. */
  rounds: { full: 8, short: 2 },

  async run(world, { rounds }) {
    const { megabytes, options } = disks[world.storeName]
    const disk = mount(world, megabytes)
    await world.open({ servers: 2, connections: 32, ttl: { refreshGrace: 60 }, ...options(disk) })
    const codes = await world.installation.codes(20 * rounds)
    let families = await world.installation.families(20)
    await world.serve()
    let refused = 0
    for (let round = 0; round < rounds; round++) {
      const release = fill(disk)
      const load = world.clients.run('refreshing', { families, count: 200 })
      const redeeming = world.clients.run('redeeming', { codes: codes.splice(0, 20), width: 4 })
      const from = now()
      await sleep(2_500)
      refused += (await world.operations()).filter(
        ({ status, start }) => status === 503 && start > from,
      ).length
      release()
      await restart(world.store)
      const [done] = await Promise.all([load, redeeming])
      expectAllAlive(world, done)
      families = done.families
    }
    await probeAll(world, families)
    await expectNoReuse(world)
    world.expect(refused > 0, 'nobody was refused while the disk was full')
    world.facts = { times: rounds, megabytes, refused }
  },
}

/** How large the disk is, and how the store comes to be on it. PostgreSQL needs 40 MB before it begins. */
const disks = {
  sqlite: { megabytes: 32, options: (data) => ({ data }) },
  postgres: {
    megabytes: 128,
    options: (disk) => ({
      store: { disk, settings: { min_wal_size: '32MB', max_wal_size: '32MB' } },
    }),
  },
}

/** A disk of its own for the data alone, which goes with the run. PostgreSQL runs as somebody else. */
function mount({ warden }, megabytes) {
  const disk = mkdtempSync(join(tmpdir(), 'warder-disk-'))
  warden.folder(disk)
  const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=777`, 'tmpfs', disk]
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`A small disk takes root: ${stderr}`)
  warden.mount(disk)
  return disk
}

/** Who cannot write its log ends, at once or when it recovers; it is for the operator to start it again. */
async function restart({ service, use }) {
  for (let tries = 0; service !== undefined && tries < 50; tries++) {
    try {
      if (service.pid === undefined) await service.start()
      return await use((client) => client.query('select 1'))
    } catch {
      await sleep(200)
    }
  }
}

/** Takes all the room there is. @returns what gives it back */
function fill(data) {
  const path = join(data, 'filling')
  const file = openSync(path, 'w')
  for (const size of [1 << 20, 1 << 12, 1]) {
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(data)
        if (bavail * bsize < size) break
        writeSync(file, Buffer.alloc(size, 1))
      }
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
  return () => rmSync(path)
}

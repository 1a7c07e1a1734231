/**
 * What PostgreSQL itself can do: the update of a refresh, by PostgreSQL's own benchmark, with as many
 * clients as Warder has connections to it.
 */

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pinned, serverCpus } from '../machine.mjs'
import { median } from '../measure.mjs'
import { TOKENS } from '../servers/common.mjs'

/** `store.pool`, unless told. */
const CONNECTIONS = 16

const script = `\\set n random(0, ${TOKENS - 1})
update families
set generation = generation + 1, rotated_at = :now, idle_until = :now + 1209600000
where id = substr(md5((:n)::text), 1, 22) and client_id = :client and revoked_at is null
and expires_at > :now;
`

/** Runs it as often, and as long, as the servers were measured. */
export async function pgbench({ store, installation }, { seconds, rounds }) {
  const file = join(installation.folder, 'refresh.sql')
  const values = { now: Date.now(), client: `'${installation.clientId}'` }
  writeFileSync(
    file,
    script.replaceAll(/:(now|client)/g, (_, name) => values[name]),
  )
  const options = ['-n', '-M', 'prepared', '-c', CONNECTIONS, '-j', '1', '-T', seconds, '-f', file]
  const [command, ...args] = pinned(serverCpus, 'pgbench', ...options.map(String), store.url)
  const rates = []
  for (let i = 0; i < rounds; i++) {
    const { stdout } = await promisify(execFile)(command, args)
    rates.push(Number(/tps = ([\d.]+)/.exec(stdout)[1]))
  }
  return {
    ...{ contestant: 'pgbench', title: 'pgbench, the update alone' },
    perSecond: median(rates),
    bestPerSecond: Math.max(...rates),
  }
}

/** Warder as users run it: `warder serve --config FILE`, on each of its databases. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgram } from '../process.mjs'
import { install } from './installation.mjs'
import { database } from './postgres.mjs'

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Starts one process on an installation. */
export function serveInstallation({ config, env, folder, port }, options = {}) {
  const on = options.port ?? port
  const args = [command, 'serve', '--config', config, '--port', String(on)]
  const readyAt = `http://127.0.0.1:${on}/readyz`
  return startProgram(args, { env, readyAt, log: join(folder, `${on}.log`), ...options })
}

/** Starts a Warder with everything in it that a work asks for. */
export const startWarder = (engine) => async (work) => {
  const store = engine === 'postgres' ? await database() : undefined
  const installation = await install(work, { storeUrl: store?.url })
  const { pid, stop } = await serveInstallation(installation)
  return {
    pids: [pid],
    target: installation.target,
    installation,
    store,
    async stop() {
      await stop()
      installation.remove()
      await store?.drop()
    },
  }
}

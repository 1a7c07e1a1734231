/** The load, as the harness sees it: a process of its own on a CPU of its own. */

import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pinned } from '../machine.mjs'
import { spawnChild } from '../process.mjs'

const program = fileURLToPath(new URL('process.mjs', import.meta.url))

/** Starts a process that can put load on a target. @returns `{ run, stop }` */
export async function startLoad(target, cpus) {
  const child = spawnChild(pinned(cpus, process.execPath, program), {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (order) => {
    child.stdin.write(`${JSON.stringify(order)}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error('The load process ended.')
    return JSON.parse(value)
  }
  await ask({ target })
  return { run: (run) => ask({ run }), stop: () => child.kill() }
}

/** The parent's side of the process that the clients are in. */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.mjs', import.meta.url))

export class Clients {
  #child
  #waiting = new Map()
  #count = 0

  constructor({ ports, host, logPath, seed, connections, warden }) {
    const told = JSON.stringify({ ports, host, logPath, seed, connections })
    this.#child = fork(main, [told], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    warden.guard(this.#child.pid)
    this.#child.on('message', ({ id, result, failure }) => {
      const { resolve, reject } = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (failure === undefined) resolve(result)
      else reject(new Error(failure))
    })
    this.#child.on('exit', (code) => {
      warden.release(this.#child.pid)
      for (const { reject } of this.#waiting.values())
        reject(new Error(`The clients ended: ${code}`))
    })
  }

  /** Has the clients do something. */
  run(workload, args) {
    const id = `${workload}${this.#count++}`
    const promise = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, workload, args })
    })
    // Who started it may still be busy with something else when it fails.
    promise.catch(() => {})
    return promise
  }

  /** Lets what goes on at a steady rate end. */
  stop() {
    this.#child.send({ stop: true })
  }

  close() {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null) return resolve()
      this.#child.once('exit', resolve)
      this.#child.disconnect()
    })
  }
}

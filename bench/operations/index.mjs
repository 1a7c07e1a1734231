/**
 * Measuring operations side by side: each in a process of its own, all on the same CPU, in turns, so
 * that what else the machine does falls on all of them, and none is compiled for the sake of another.
 */

import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { peakMegabytes, pinned, serverCpus } from '../machine.mjs'
import { againstLimit, median } from '../measure.mjs'
import { spawnChild } from '../process.mjs'

const program = fileURLToPath(new URL('process.mjs', import.meta.url))

/** Until V8 has compiled what is hot, in seconds. */
const WARM_UP = 1

/** Starts the process of one. @returns `{ run, stop, pid }` once it is ready. */
async function start({ operation, given = {} }) {
  const command = [process.execPath, program, operation, JSON.stringify(given)]
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawnChild(pinned(serverCpus, ...command), {
    ...{ env, stdio: ['pipe', 'pipe', 'inherit'] },
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await answers.next()
    if (done) throw new Error(`${operation} ended: ${JSON.stringify(given)}`)
    return JSON.parse(value)
  }
  await next()
  return {
    pid: child.pid,
    run(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      return next()
    },
    stop: () => child.kill(),
  }
}

/**
 * Measures operations against each other, and against the one that is the limit.
 *
 * @param subjects `{ name, title, operation, given }` each.
 */
export async function measureOperations(subjects, { seconds, rounds }) {
  const running = []
  try {
    for (const subject of subjects) {
      running.push({ ...subject, process: await start(subject), rounds: [] })
    }
    for (const { process } of running) await process.run({ seconds: WARM_UP })
    for (let i = 0; i < rounds; i++) {
      for (const subject of running) subject.rounds.push(await subject.process.run({ seconds }))
    }
    return againstLimit(running.map(summary))
  } finally {
    for (const { process } of running) process.stop()
  }
}

function summary({ name, title, process, rounds }) {
  const of = (key) => median(rounds.map((each) => each[key]))
  return {
    ...{ contestant: name, title },
    cpuMicros: of('cpuMicros'),
    perSecond: of('perSecond'),
    bestPerSecond: Math.max(...rounds.map(({ perSecond }) => perSecond)),
    ...{ p50Micros: of('p50Micros'), p99Micros: of('p99Micros') },
    peakMegabytes: peakMegabytes(process.pid),
    operations: rounds.reduce((sum, { operations }) => sum + operations, 0),
  }
}

/**
 * Measuring servers side by side: they are all up, and take turns, so that what else the machine does
 * falls on all of them alike.
 */

import { startLoad } from './load/index.mjs'
import { cpuMicros, otherCpus, peakMegabytes } from './machine.mjs'

/** Part of its own best rate at which a server's latencies are taken. */
const PART_LOAD = 0.7

/** Connections at part load: enough that a slow answer does not hold up the next request. */
const PART_LOAD_CONNECTIONS = 128

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

const sum = (values) => values.reduce((total, value) => total + value, 0)

/** One server under one load. */
async function put(subject) {
  const { pids, target } = subject.server
  return { ...subject, pids, load: await startLoad(target, otherCpus), rounds: [] }
}

/** Until V8 has compiled what is hot: after so many requests, or so many seconds. */
async function warmUp(load, connections) {
  const start = Date.now()
  for (let requests = 0; requests < 20_000 && Date.now() - start < 40_000; ) {
    requests += (await load.run({ connections, seconds: 1 })).requests
  }
}

async function round(subject, run) {
  const { pids, load } = subject
  const before = sum(pids.map(cpuMicros))
  const result = await load.run(run)
  const cpu = (sum(pids.map(cpuMicros)) - before) / result.requests
  return { ...result, cpu }
}

/**
 * Measures servers against each other.
 *
 * @param subjects `{ name, title, server }` each.
 * @param plan `{ connections, seconds, rounds, atOneRate }`; at one rate, processor time is taken while all
 * have the same to do: a server that is always behind finds more to do each time that it looks, and one that
 * its load must wait for wakes it with each answer, which costs as much as the answer.
 * @returns For each: medians of its rounds, and its latencies at 70 % of its own rate, or of the slowest's.
 */
export async function measure(subjects, { connections, seconds, rounds, atOneRate = false }) {
  const running = []
  for (const subject of subjects) running.push(await put(subject))
  try {
    for (const { load } of running) await warmUp(load, connections)
    for (let i = 0; i < rounds; i++) {
      for (const subject of running) {
        subject.rounds.push(await round(subject, { connections, seconds }))
      }
    }
    const rates = running.map((subject) => median(subject.rounds.map(({ perSecond }) => perSecond)))
    const ratesOf = atOneRate ? rates.map(() => Math.min(...rates)) : rates
    for (const subject of running) subject.partLoad = []
    for (let i = 0; i < (atOneRate ? rounds : Math.min(rounds, 3)); i++) {
      for (const [at, subject] of running.entries()) {
        const run = { connections: PART_LOAD_CONNECTIONS, seconds, rate: ratesOf[at] * PART_LOAD }
        subject.partLoad.push(await round(subject, run))
      }
    }
    return running.map((subject) => summary(subject, atOneRate))
  } finally {
    for (const { load } of running) load.stop()
  }
}

function summary({ name, title, pids, rounds, partLoad }, atOneRate) {
  const cpuRounds = (atOneRate ? partLoad : rounds).map(({ cpu }) => cpu)
  const of = (key) => median(rounds.map((each) => each[key]))
  const ofPart = (key) => median(partLoad.map((each) => each[key]))
  return {
    ...{ contestant: name, title },
    cpuMicros: median(cpuRounds),
    cpuRounds,
    perSecond: of('perSecond'),
    bestPerSecond: Math.max(...rounds.map(({ perSecond }) => perSecond)),
    // What a caller waits for, at 70 % of the rate above.
    p50Micros: ofPart('p50Micros'),
    p99Micros: ofPart('p99Micros'),
    saturatedP50Micros: of('p50Micros'),
    saturatedP99Micros: of('p99Micros'),
    peakMegabytes: Math.max(...pids.map(peakMegabytes)),
    requests: sum([...rounds, ...partLoad].map(({ requests }) => requests)),
    failed: sum([...rounds, ...partLoad].map(({ failed, unanswered = 0 }) => failed + unanswered)),
    statuses: statusesOf([...rounds, ...partLoad]),
  }
}

/** How often each status was answered; 0 where a connection broke. */
function statusesOf(runs) {
  const counts = {}
  for (const [status, count] of runs.flatMap(({ statuses }) => Object.entries(statuses))) {
    counts[status] = (counts[status] ?? 0) + count
  }
  return counts
}

/** Adds what part of the limit each reaches, by processor time. */
export function againstLimit(results) {
  const limit = results.find(({ contestant }) => contestant === 'limit')
  return results.map((each) => ({
    ...each,
    ratioToLimit: limit === undefined ? null : limit.cpuMicros / each.cpuMicros,
  }))
}

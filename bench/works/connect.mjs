/** What a program between a client and a protected server adds to a call, and how long it takes to start. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startScript } from '../process.mjs'
import { windows } from '../windows/index.mjs'

/** Windows that are opened in each round, to know how long one takes. */
const OPENED = 3
const WARM_UP = 200

const sorted = (values) => [...values].sort((one, other) => one - other)
const quantile = (values, part) => sorted(values)[Math.floor((values.length - 1) * part)]
const median = (values) => quantile(values, 0.5)

/** Calls one after the other for a while. */
async function callFor(seconds, window) {
  for (let i = 0; i < WARM_UP; i++) await window.call()
  const cpuBefore = window.cpuMicros?.()
  const times = []
  const end = performance.now() + seconds * 1000
  for (let before = performance.now(); before < end; ) {
    await window.call()
    const after = performance.now()
    times.push((after - before) * 1000)
    before = after
  }
  const cpuMicros = cpuBefore === undefined ? null : (window.cpuMicros() - cpuBefore) / times.length
  return { times, cpuMicros }
}

async function measureRound(subjects, seconds) {
  for (const subject of subjects) {
    for (let i = 1; i < OPENED; i++) {
      const window = await subject.open()
      if (window.startMicros !== undefined) subject.starts.push(window.startMicros)
      await window.close()
    }
    const window = await subject.open()
    if (window.startMicros !== undefined) subject.starts.push(window.startMicros)
    subject.rounds.push(await callFor(seconds, window))
    await window.close()
  }
}

function resultOf({ name, title, rounds, starts }, [direct]) {
  const p50s = rounds.map(({ times }) => median(times))
  const added = p50s.map((p50, i) => p50 - median(direct.rounds[i].times))
  const isDirect = name === direct.name
  return {
    ...{ contestant: name, title },
    cpuMicros: isDirect ? null : median(rounds.map(({ cpuMicros }) => cpuMicros)),
    perSecond: 1e6 / median(p50s),
    bestPerSecond: 1e6 / Math.min(...p50s),
    p50Micros: median(p50s),
    p99Micros: median(rounds.map(({ times }) => quantile(times, 0.99))),
    addedMicros: isDirect ? null : median(added),
    startMicros: starts.length === 0 ? null : median(starts),
  }
}

export const connect = {
  name: 'connect',
  title: 'A tool call over stdio, at a protected server elsewhere',
  kind: 'windows',
  connections: 1,
  async run({ seconds, rounds }) {
    const server = await startScript('protected-mcp', 'connect')
    const home = mkdtempSync(join(tmpdir(), 'warder-bench-connect-'))
    try {
      const subjects = []
      for (const { prepare, ...contestant } of windows) {
        const open = await prepare({ url: server.target.url, home })
        subjects.push({ ...contestant, open, rounds: [], starts: [] })
      }
      for (let round = 0; round < rounds; round++) await measureRound(subjects, seconds)
      return subjects.map((subject) => resultOf(subject, subjects))
    } finally {
      await server.stop()
      rmSync(home, { recursive: true })
    }
  },
}

/** The machine: what it is, and which of its CPUs does what. */

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

const count = availableParallelism()
const canPin = spawnSync('taskset', ['--version']).status === 0

/** The server's CPU is its own; the load, and databases where there are any, have the others. */
export const serverCpus = [0]
export const otherCpus = count === 1 ? [0] : Array.from({ length: count - 1 }, (_, i) => i + 1)

/** A command line that stays on some CPUs. */
export const pinned = (on, ...command) =>
  canPin ? ['taskset', '-c', on.join(','), ...command] : command

/** How the benchmark ran, in one line. */
export function describeMachine() {
  const model = (cpus()[0]?.model ?? 'unknown processor').trim()
  const memory = Math.round(totalmem() / 2 ** 30)
  const pinning = canPin ? 'server on one CPU, load on the others' : 'not pinned: no taskset'
  return `${model}, ${count} CPUs, ${memory} GiB, ${systemName()}; ${pinning}`
}

function systemName() {
  try {
    const [, name] = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))
    return name
  } catch {
    return process.platform
  }
}

/** The first line of what a program says of its version; nothing if it is not there. */
export function versionOf(program) {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0].trim()
  } catch {
    return undefined
  }
}

/** The part of all processor time that somebody takes while nothing is measured. */
export async function busyness() {
  const before = processorTimes()
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  const after = processorTimes()
  return 1 - (after.idle - before.idle) / (after.total - before.total)
}

function processorTimes() {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n')
  const times = line.trim().split(/\s+/).slice(1).map(Number)
  const [, , , idle, waiting] = times
  return { idle: idle + waiting, total: times.reduce((sum, each) => sum + each, 0) }
}

/** Microseconds of processor time that a process has used, with all its threads. */
export function cpuMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold anything; the fields behind it are numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  return (user + system) * 10_000
}

/** The most memory that a process ever had, in megabytes. */
export function peakMegabytes(pid) {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kilobytes) / 1000
}

/** The processes of this machine, as `/proc` shows them. */

import { readdirSync, readFileSync } from 'node:fs'

/** The parent of each process; those that have ended and wait to be buried are left out. */
function parents(): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined
    // The name of a program may have spaces and parentheses; the state follows the last of them.
    const [, state, parent] = /\) (\S) (\d+) /.exec(stat ?? '') ?? []
    if (state !== undefined && state !== 'Z') found.set(Number(name), Number(parent))
  }
  return found
}

function statOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended while we looked.
    return undefined
  }
}

/** All that a process started, and all that those started. */
export function descendants(pid: number): readonly number[] {
  const all = parents()
  const found = [pid]
  for (const each of found) {
    for (const [child, parent] of all) if (parent === each) found.push(child)
  }
  return found.slice(1)
}

/** Those that still run. */
export function running(pids: readonly number[]): readonly number[] {
  const all = parents()
  return pids.filter((pid) => all.has(pid))
}

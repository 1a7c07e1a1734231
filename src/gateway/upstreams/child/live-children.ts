/**
 * Every child that is alive, so that none outlives the gateway.
 *
 * A gateway that is killed outright runs no handler; its children then find their stdin closed,
 * which tells a stdio server to exit.
 *
 * @module
 */

import process from 'node:process'
import { killGroup } from './process-group.ts'

/** What can be told to end: a child, or what restarts one. */
export interface Closable {
  close(graceMs?: number): Promise<void>
}

const closables = new Set<Closable>()
const groups = new Set<number>()

/** Remembers something that must not outlive the gateway. What it returns forgets it again. */
export function rememberClosable(closable: Closable): () => void {
  closables.add(closable)
  return () => closables.delete(closable)
}

/** Remembers a process group for the `exit` handler. What it returns forgets it again. */
export function rememberGroup(pid: number): () => void {
  if (groups.size === 0) process.on('exit', killEveryGroup)
  groups.add(pid)
  return () => {
    if (groups.delete(pid) && groups.size === 0) process.off('exit', killEveryGroup)
  }
}

/** Ends every child, and every restart that is due. For the handlers of SIGINT and SIGTERM. */
export async function closeAllChildren(graceMs?: number): Promise<void> {
  await Promise.all([...closables].map((closable) => closable.close(graceMs)))
}

function killEveryGroup(): void {
  for (const pid of groups) killGroup(pid)
}

/**
 * Signals to a child and to all that it started.
 *
 * On POSIX a child leads a process group of its own. A grandchild that leaves the group on purpose
 * is out of reach; holding it would take a container, which is left to whoever runs the gateway.
 * Windows has neither groups nor SIGTERM: there the whole tree is ended by `taskkill`.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { win32 } from 'node:path'
import process from 'node:process'
import { gatewayEnvironment } from './child-environment.ts'

/** Whether this is Windows, where processes come in trees and not in groups. */
export const windows = process.platform === 'win32'

/** Asks a group to end. On Windows a closed stdin has to be request enough. */
export function terminateGroup(pid: number): void {
  if (!windows) signal(-pid, 'SIGTERM')
}

/** Ends a group without asking. */
export function killGroup(pid: number): void {
  if (windows) killTree(pid)
  else signal(-pid, 'SIGKILL')
}

/** Ends what a leader that has exited left behind. On Windows a tree without its root cannot be found. */
export function killLeftovers(pid: number): void {
  if (!windows) signal(-pid, 'SIGKILL')
}

/** As kill(2) has it, a negative target is a group. */
function signal(target: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(target, name)
  } catch (error) {
    // Nobody is left, which is what was wanted; macOS says EPERM when only zombies are.
    if (!hasCode(error, 'ESRCH') && !hasCode(error, 'EPERM')) throw error
  }
}

function killTree(pid: number): void {
  const systemRoot = gatewayEnvironment.SystemRoot ?? 'C:\\Windows'
  // By its full path: Windows would look into the working directory first.
  const taskkill = win32.join(systemRoot, 'System32', 'taskkill.exe')
  const killer = spawn(taskkill, ['/PID', String(pid), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  })
  killer.on('error', () => signal(pid, 'SIGKILL'))
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

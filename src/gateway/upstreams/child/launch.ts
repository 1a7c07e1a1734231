/**
 * Starting a program: no shell, an argument list, three pipes, an environment of its own.
 *
 * @module
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { ChildOptions } from './child.ts'
import { childEnvironment, gatewayEnvironment } from './child-environment.ts'
import { ChildError } from './child-error.ts'
import { windows } from './process-group.ts'

/** A program that runs, or why it does not. */
export type Launch =
  | { readonly process: ChildProcessWithoutNullStreams; readonly pid: number }
  | { readonly failure: Promise<ChildError> }

/** What a program is started from. */
type LaunchOptions = Pick<ChildOptions, 'command' | 'cwd' | 'env'>

/** Starts a program. Never throws. */
export function launch(options: LaunchOptions): Launch {
  const malformed = findMalformed(options)
  if (malformed !== undefined) return failed(options, malformed)
  try {
    return start(options)
  } catch (error) {
    return failed(options, describe(error, options))
  }
}

function start(options: LaunchOptions): Launch {
  const [program, ...args] = options.command
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: childEnvironment({
      parent: gatewayEnvironment,
      configured: options.env ?? {},
      windows,
    }),
    shell: false,
    stdio: 'pipe',
    // Its own process group, so that what the child starts can be ended with it.
    detached: !windows,
    windowsHide: true,
  })
  if (child.pid !== undefined) return { process: child, pid: child.pid }
  return {
    failure: new Promise((resolve) => {
      child.once('error', (error) => resolve(notStarted(options, describe(error, options))))
    }),
  }
}

/** What the system would cut short or misread. Names the variable, never its value. */
function findMalformed({ command, cwd, env }: LaunchOptions): string | undefined {
  if (command[0] === '') return 'the command is empty'
  if ([...command, cwd ?? ''].some((text) => text.includes('\0'))) {
    return 'the command or its directory contains a NUL character'
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    if (name === '' || /[=\0]/.test(name)) return `'${name}' cannot name an environment variable`
    if (value.includes('\0')) return `the environment variable ${name} contains a NUL character`
  }
  return undefined
}

/** Only the code is taken from the system's error: its other fields hold the arguments. */
function describe(error: unknown, { cwd }: LaunchOptions): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  if (code === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return `its directory ${cwd} does not exist`
  }
  return explanations[code] ?? `the system answered ${code}`
}

const explanations: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program; install it or give its full path (ENOENT)',
  EACCES: 'it may not be executed; check its permissions (EACCES)',
  EPERM: 'it may not be executed; check its permissions (EPERM)',
  EINVAL: 'a batch file needs a shell; name the program that it runs (EINVAL)',
  E2BIG: 'its arguments and environment are too long (E2BIG)',
  EAGAIN: 'too many processes are running (EAGAIN)',
  EMFILE: 'too many files are open in the gateway (EMFILE)',
  ENOEXEC: 'it is no program; a script needs a #! line (ENOEXEC)',
}

function failed(options: LaunchOptions, problem: string): Launch {
  return { failure: Promise.resolve(notStarted(options, problem)) }
}

function notStarted({ command }: LaunchOptions, problem: string): ChildError {
  return new ChildError('child_not_started', { detail: `cannot start ${command[0]}: ${problem}` })
}

/**
 * Running a program of the system: by its arguments, without a shell, for a bounded time, with little
 * of the environment.
 *
 * Uses `node:child_process`.
 *
 * @module
 */

import { execFile } from 'node:child_process'

/** A variable of the environment. */
export type ReadEnv = (name: string) => string | undefined

/** What became of a program. */
export interface Ended {
  /** Nothing if it could not be started, or did not end in time. */
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What is run. */
export interface Program {
  readonly path: string
  /** Anybody on the machine can read these. */
  readonly args: readonly string[]
  /** What it reads on stdin. */
  readonly input: string
}

/** Runs a program to its end, whatever that is. */
export type RunProgram = (program: Program) => Promise<Ended>

/** Long enough for a person to unlock a keychain that asks for it. */
const TIME_LIMIT = 30_000

/** What these programs need to be found, and to find the session of their user. */
const INHERITED = [
  'PATH',
  'HOME',
  'LANG',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'SYSTEMROOT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'TEMP',
]

/** Runs programs of this machine. */
export const systemPrograms =
  (readEnv: ReadEnv, timeLimit = TIME_LIMIT): RunProgram =>
  ({ path, args, input }) => {
    const env = Object.fromEntries(INHERITED.map((name) => [name, readEnv(name)]))
    const options = { env, timeout: timeLimit, killSignal: 'SIGKILL', windowsHide: true } as const
    return new Promise((resolve) => {
      const child = execFile(path, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code
        resolve({ exitCode: typeof code === 'number' ? code : undefined, stdout, stderr })
      })
      // One that ended early does not read; its exit code says why.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
  }

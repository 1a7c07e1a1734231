/**
 * A key-encryption key from a program, such as that of a key management service.
 *
 * The program runs once, at the start: while it fails the server does not start, and afterwards the
 * key is in memory. It is run without a shell, with little of the environment, for a bounded time and
 * a bounded output. What it says on stderr is passed on, without secrets.
 *
 * Uses `node:child_process`.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { ConfigError } from '../errors.ts'
import { redact } from './redactor.ts'
import type { KekCommand } from './settings.ts'

/** How long a program may take, in milliseconds: it may have to sign in somewhere first. */
const TIME_LIMIT = 30_000

/** How much a program may print, on either stream. */
const OUTPUT_LIMIT = 64 * 1024

/** What a program needs to be found and to find its own settings. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'SYSTEMROOT', 'USERPROFILE']

/** How to run a program, and who hears of it. */
export interface CommandSurroundings {
  readEnv(name: string): string | undefined
  /** The setting that names the program. */
  readonly setting: string
  onWarning?(warning: string): void
  readonly timeLimit?: number
}

/**
 * What a program prints on stdout.
 *
 * @throws {ConfigError} if it cannot be run, fails, takes too long or prints too much. Its arguments
 * are not repeated, because they may hold secrets.
 */
export async function runKekCommand(
  { command: [program, ...args], passEnv }: KekCommand,
  around: CommandSurroundings,
): Promise<string> {
  const { setting, timeLimit = TIME_LIMIT } = around
  const options = {
    env: environment(passEnv, around),
    timeout: timeLimit,
    maxBuffer: OUTPUT_LIMIT,
    killSignal: 'SIGKILL',
    windowsHide: true,
  } as const
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const said = withoutKey(stderr, stdout)
      if (error !== null) {
        const problem = `the program ${program} ${failure(error, timeLimit)}.`
        return reject(new ConfigError(setting, problem, said && `It said: ${said}`))
      }
      if (said !== '') around.onWarning?.(`${setting}: the program ${program} said: ${said}`)
      resolve(stdout)
    })
    child.stdin?.end()
  })
}

/** Why there is no output; never the error itself, whose message repeats the arguments. */
function failure(error: Error & { code?: unknown; killed?: boolean }, timeLimit: number): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'printed too much'
  if (error.killed) return `did not end within ${timeLimit / 1000} s`
  return typeof error.code === 'string'
    ? `could not be started (${error.code})`
    : `failed with exit code ${String(error.code)}`
}

/** What may be shown of stderr, should the program have printed the key there as well. */
function withoutKey(stderr: string, stdout: string): string {
  const key = stdout.trim()
  const rest = key === '' ? stderr : stderr.replaceAll(key, '[redacted]')
  return redact(rest.trim()).slice(0, 1_000)
}

function environment(
  passed: readonly string[],
  { readEnv }: CommandSurroundings,
): Record<string, string> {
  const values = [...INHERITED, ...passed].map((name) => [name, readEnv(name)] as const)
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

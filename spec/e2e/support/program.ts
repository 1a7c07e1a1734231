/** A program as a child process: its lines as they come, and how it ended. */

import { type ChildProcess, spawn } from 'node:child_process'
import { Lines } from './lines.ts'
import { endLater } from './reaper.ts'

/** How a program ended, and all it said. */
export interface Ending {
  /** The exit code; null after a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Written to its standard input, which is then closed. */
  readonly input?: string
}

/** The environment of the tests, less what would change how programs speak, or where they keep things. */
function environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR, CI, NODE_OPTIONS, DATABASE_URL, REDIS_URL, ...inherited } =
    process.env
  return { ...inherited, ...added }
}

/** What still runs, for when the tests themselves are ended. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A running program. Both of its outputs are one list of lines. */
export class Program {
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #lines = new Lines()

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const { env, cwd, input } = options
    const child = spawn(command, args, { env: environment(env), cwd, stdio: 'pipe' })
    this.#child = child
    alive.add(child)
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      this.#lines.read(child[name], (line) => {
        said[name] += `${line}\n`
      })
    }
    // A program that ends before it read everything is judged by how it ended.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        alive.delete(child)
        this.#lines.end()
        resolve({ code, signal, ...said })
      })
    })
    endLater(() => this.end('SIGKILL'))
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The program did not start.')
    return pid
  }

  /** What it said so far. */
  get lines(): readonly string[] {
    return this.#lines.all
  }

  /** The first line that fits, printed already or yet to come. */
  line(fits: RegExp): Promise<string> {
    return this.#lines.line(fits)
  }

  /** Sends a signal, unless it has ended, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    if (alive.has(this.#child)) this.#child.kill(signal)
    return this.ended
  }
}

/** Runs a program to its end. */
export const runProgram = (
  command: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<Ending> => new Program(command, args, options).ended

/** A program as a child process: its lines as they come, and how it ended. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
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

/** How long a line may take to come. */
const PATIENCE_MS = 30_000

/** The environment of the tests, less what would change how programs speak. */
function environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...inherited } = process.env
  return { ...inherited, ...added }
}

/** A running program. Both of its outputs are one list of lines. */
export class Program {
  readonly lines: string[] = []
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #running = true

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const { env, cwd, input } = options
    const child = spawn(command, args, { env: environment(env), cwd, stdio: 'pipe' })
    this.#child = child
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[name] }).on('line', (line) => {
        said[name] += `${line}\n`
        this.lines.push(line)
        this.#tell()
      })
    }
    // A program that ends before it read everything is judged by how it ended.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        this.#running = false
        resolve({ code, signal, ...said })
        this.#tell()
      })
    })
    endLater(() => this.end('SIGKILL'))
    process.once('exit', () => child.kill('SIGKILL'))
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The program did not start.')
    return pid
  }

  #tell(): void {
    for (const look of this.#watchers) look()
  }

  /** The first line that fits, printed already or yet to come. */
  line(fits: RegExp | ((line: string) => boolean)): Promise<string> {
    const isIt = fits instanceof RegExp ? (line: string) => fits.test(line) : fits
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        end()
      }
      const refuse = (why: string) =>
        settle(() =>
          reject(new Error(`${why} without the line ${fits}:\n${this.lines.join('\n')}`)),
        )
      const look = () => {
        const found = this.lines.find(isIt)
        if (found !== undefined) settle(() => resolve(found))
        else if (!this.#running) refuse('The program ended')
      }
      const timer = setTimeout(() => refuse(`${PATIENCE_MS} ms went by`), PATIENCE_MS)
      this.#watchers.add(look)
      look()
    })
  }

  /** Sends a signal, unless it has ended, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    if (this.#running) this.#child.kill(signal)
    return this.ended
  }
}

/** Runs a program to its end. */
export const runProgram = (
  command: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<Ending> => new Program(command, args, options).ended

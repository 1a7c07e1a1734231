/**
 * Warder as an operator has it: the built command line, a directory of its own, a running
 * `warder serve`, and people and clients added by the commands that add them.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EventType, WarderEvent } from '../../../src/events.ts'
import { type Ending, Program, type ProgramOptions, runProgram } from './program.ts'
import { endLater } from './reaper.ts'

/** The built command. */
export const WARDER = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** A program of `spec/e2e/fixtures`. */
export const fixture = (name: string) =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

/** The reference server. */
export const EVERYTHING = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
)

/** The reference server over stdio, with rules per tool as in `examples/demo.mjs`, and one hidden. */
export const everythingMount = {
  title: 'Everything',
  command: [process.execPath, EVERYTHING, 'stdio'],
  tools: {
    'get-env': ['demo:admin'],
    'trigger-long-running-operation': ['demo:run'],
    'gzip-file-as-resource': false,
    '*': ['demo:use'],
  },
  scopes: {
    'demo:use': { description: 'use the harmless tools', risk: 'read' },
    'demo:run': { description: 'start long operations', risk: 'change' },
    'demo:admin': {
      description: 'see the environment that the server runs in',
      risk: 'read',
      includes: ['demo:use'],
    },
  },
} as const

/** Someone with an account. */
export interface Person {
  readonly username: string
  readonly password: string
}

/** A registered client as `warder client add --json` tells of it. */
export interface AddedClient {
  readonly client_id: string
  readonly client_secret?: string
}

export interface InstallationOptions {
  /** Settings beside `issuer` and `data`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** More arguments of `warder serve`. */
  readonly serve?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A directory that goes away after the tests. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'warder-e2e-'))
  endLater(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A port that nobody uses on either loopback address now. */
export async function freePort(): Promise<number> {
  const listening = createServer().listen(0, 'localhost')
  await new Promise((resolve) => listening.once('listening', resolve))
  const address = listening.address()
  await new Promise((resolve) => listening.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}

/** Runs a command of Warder's to its end. */
export const warder = (args: readonly string[], options?: ProgramOptions): Promise<Ending> =>
  runProgram(process.execPath, [WARDER, ...args], options)

/** Starts a command of Warder's. */
export const startWarder = (args: readonly string[], options?: ProgramOptions): Program =>
  new Program(process.execPath, [WARDER, ...args], options)

/** One installation. */
export class Installation {
  readonly directory: string
  readonly issuer: string
  readonly #options: InstallationOptions
  #serving: Program | undefined

  private constructor(directory: string, issuer: string, options: InstallationOptions) {
    this.directory = directory
    this.issuer = issuer
    this.#options = options
  }

  /** Writes the configuration file. Nothing runs yet. */
  static async make(options: InstallationOptions = {}): Promise<Installation> {
    const directory = await temporaryDirectory()
    const issuer = `http://localhost:${await freePort()}`
    const settings = {
      issuer,
      data: join(directory, 'data'),
      mcp: { everything: everythingMount },
      ...options.settings,
    }
    await writeFile(join(directory, 'warder.config.json'), JSON.stringify(settings))
    return new Installation(directory, issuer, options)
  }

  /** The address of a mount, which is its resource identifier. */
  mcp(name: string): string {
    return `${this.issuer}/mcp/${name}`
  }

  /** Runs a command on this installation. */
  command(args: readonly string[], input?: string): Promise<Ending> {
    return warder(args, {
      cwd: this.directory,
      ...(input === undefined ? {} : { input }),
    })
  }

  async addUser(username: string, password = 'correct horse battery staple'): Promise<Person> {
    const added = await this.command(['user', 'add', username, '--password-file', '-'], password)
    if (added.code !== 0) throw new Error(added.stderr)
    return { username, password }
  }

  async addClient(name: string, ...args: readonly string[]): Promise<AddedClient> {
    const added = await this.command(['client', 'add', name, ...args, '--json'])
    if (added.code !== 0) throw new Error(added.stderr)
    return JSON.parse(added.stdout)
  }

  /** Starts `warder serve` and waits until it has checked itself. */
  async start(): Promise<Program> {
    const { serve = [], env = {} } = this.#options
    const serving = startWarder(['serve', ...serve], { cwd: this.directory, env })
    this.#serving = serving
    await serving.line(/Warder is running/)
    return serving
  }

  get serving(): Program {
    if (this.#serving === undefined) throw new Error('Nothing is served yet.')
    return this.#serving
  }

  /** The events of all that was answered so far, as `warder serve` logged them. */
  async events(type: EventType): Promise<readonly WarderEvent[]> {
    await this.#logged()
    return this.serving.lines
      .filter((line) => line.startsWith('{'))
      .map((line): WarderEvent => JSON.parse(line))
      .filter((event) => event.type === type)
  }

  /** An answer can be here before the line about it: one more line, and those before it have come. */
  async #logged(): Promise<void> {
    const refused = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'a-line-in-the-log' }),
    })
    const { correlation_id } = await refused.json()
    await this.serving.line(new RegExp(correlation_id))
  }
}

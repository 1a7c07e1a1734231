/**
 * From arguments to an exit code.
 *
 * @module
 */

import { Command, CommanderError } from 'commander'
import { isPassing } from '../client/token-life.ts'
import { ConfigError, WarderError } from '../errors.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { KnownCommand } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { tellError } from './output.ts'
import { Unreachable } from './unreachable.ts'
import { version } from './version.ts'

/** What a process exits with. */
const exitCodes = { done: 0, no: 1, usage: 2, unreachable: 3 } as const

/**
 * Runs one command.
 *
 * @param args - Without the program's own name.
 * @returns The exit code; errors are already on stderr.
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('warder')
    .description('Authentication for MCP servers and API integrations.')
    .version(version, '-V, --version')
    .showHelpAfterError('(warder COMMAND --help shows how)')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText('after', GLOBAL_HELP)
  for (const known of commands) program.addCommand(inheritSettings(await commandOf(known, args)))
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error)
  }
}

const GLOBAL_HELP = `
Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration, 3 the other side could not be reached.

Start here:
  $ warder protect -- npx -y @modelcontextprotocol/server-everything
`

/** A command: whole if it is asked for, by itself or for its help, and otherwise by name only. */
async function commandOf(
  { name, description, load }: KnownCommand,
  args: readonly string[],
): Promise<Command> {
  const isWanted = args.slice(0, 2).includes(name)
  const command = isWanted ? (await load())() : new Command(name)
  return command.description(description)
}

/** Subcommands do not inherit these from the program when they are added whole. */
function inheritSettings(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help to see how)')
  for (const each of command.commands) inheritSettings(each)
  return command
}

/**
 * Tells of an error.
 *
 * @returns What to exit with.
 */
export function report(error: unknown): number {
  // Commander has printed its own errors, and help is none.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  tellError(error)
  if (error instanceof ConfigError) return exitCodes.usage
  // What nobody foresaw, or the store being out of reach, is no answer at all.
  const isAway =
    error instanceof StoreUnavailable || error instanceof Unreachable || isPassing(error)
  const isAnswer = error instanceof WarderError && !isAway
  return isAnswer ? exitCodes.no : exitCodes.unreachable
}

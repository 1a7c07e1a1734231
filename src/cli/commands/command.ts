/**
 * What a command is.
 *
 * Whatever a command throws ends it: a {@link WarderError} says that the answer is no.
 *
 * @module
 */

import type { Command } from 'commander'

/** Makes a command. */
export type CommandMaker = () => Command

/** A command that is loaded once it is wanted. */
export interface KnownCommand {
  readonly name: string
  /** For the list of all commands, and for its own help. */
  readonly description: string
  load(): Promise<CommandMaker>
}

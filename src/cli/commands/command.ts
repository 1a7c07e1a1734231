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

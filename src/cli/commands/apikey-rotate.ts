/**
 * `warder apikey rotate`: another secret for a key, while the old one still works.
 *
 * @module
 */

import type { Command } from 'commander'
import { ConfigError } from '../../errors.ts'
import { isApiKeyLike } from '../../guard/api-keys/format.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { parseDuration } from '../moment.ts'
import { formatTime, tell } from '../output.ts'
import { endOf, showIssued } from './apikey-create.ts'

interface RotateOptions extends StoreOptions {
  readonly overlap: string
  readonly expires?: string
  readonly json?: boolean
}

/** Adds the command to its group. */
export function rotateCommand(group: Command): void {
  withStoreOptions(group.command('rotate <id>'))
    .description('Give a key another secret, printed once. The old one works for a while.')
    .option('--overlap <duration>', 'how long the old one works: 0s, 1h, 7d', '1d')
    .option('--expires <when>', 'when the key ends from now on; as before otherwise')
    .option('--json', 'for machines: the key and what is kept of it')
    .addHelpText(
      'after',
      `
What still worked from a rotation before ends at once. So does the old one with --overlap 0s.

Example:
  $ warder apikey rotate 7Q2fVbX0mWc3LkTz --overlap 1h`,
    )
    .action((id: string, options: RotateOptions) =>
      withWarder(options, async ({ apiKeys }) => {
        const rotation = { overlap: overlapOf(options), ...endOf(options.expires) }
        const issued = await apiKeys.rotate(checkId(id), rotation)
        showIssued(issued, options)
        if (!options.json) tell(`The old one works until ${formatTime(issued.previousUntil)} UTC.`)
      }),
    )
}

function overlapOf({ overlap }: RotateOptions): number {
  const seconds = parseDuration(overlap, '--overlap')
  if (seconds >= 0) return seconds
  throw new ConfigError('--overlap', 'is over already.', 'Write 0s for none.')
}

/**
 * The id of a key, as it was typed.
 *
 * @throws {ConfigError} if it is the whole key.
 */
export function checkId(id: string): string {
  if (!isApiKeyLike(id)) return id
  throw new ConfigError(
    '<id>',
    'is the whole key, which is in the history of the shell now.',
    'Give the id in it, between the second and the third underscore.',
  )
}

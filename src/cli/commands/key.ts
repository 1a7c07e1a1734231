/**
 * `warder key`: the keys that sign.
 *
 * @module
 */

import { Command } from 'commander'
import type { DescribedKey } from '../../server/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable, styled } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface KeyOptions extends StoreOptions {
  readonly json?: boolean
}

interface RotateOptions extends KeyOptions {
  readonly now?: boolean
}

export const key: CommandMaker = () => {
  const group = new Command('key')
  listCommand(group)
  rotateCommand(group)
  retireCommand(group)
  return group
}

function listCommand(group: Command): void {
  withStoreOptions(group.command('list'))
    .description('List the signing keys, what each is for now and until when.')
    .option('--json', 'for machines; times in milliseconds since the epoch')
    .addHelpText('after', '\nExample:\n  $ warder key list')
    .action((options: KeyOptions) =>
      withWarder(options, async ({ keys }) => {
        const all = await keys.list()
        if (options.json) return printJson(all)
        printTable(
          ['KID', 'ALG', 'STATE', 'CREATED', 'SIGNS FROM', 'SIGNS UNTIL', 'PUBLISHED UNTIL'],
          all.map((each) => [
            ...[each.kid, each.alg, each.state, formatTime(each.createdAt)],
            ...[each.signsFrom, each.signsUntil, each.publishedUntil].map(formatTime),
          ]),
        )
      }),
    )
}

function rotateCommand(group: Command): void {
  withStoreOptions(group.command('rotate'))
    .description('Make the next key. It signs once every copy of the key set has it.')
    .option(
      '--now',
      'it signs in seconds; whoever keeps an older copy refuses new tokens for a while',
    )
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      '\nExamples:\n  $ warder key rotate\n  $ warder key rotate --now   # also if the next key is there already',
    )
    .action((options: RotateOptions) =>
      withWarder(options, async ({ keys }) => {
        const next = await keys.rotate({ now: options.now === true })
        if (options.json) return printJson(next)
        print(`The next key is ${styled('bold', next.kid)} (${next.alg}).`)
        print(`It signs from ${formatTime(next.signsFrom)} UTC.`)
        if (options.now) print(styled('dim', BEHIND))
      }),
    )
}

function retireCommand(group: Command): void {
  withStoreOptions(group.command('retire <kid>'))
    .description('Emergency: withdraw a key for ever, with every token it signed.')
    .option('--json', 'for machines: the key that signs now')
    .addHelpText(
      'after',
      `
If it is the current key, the next one signs at once; one is made if there is none. Refresh tokens
stay good, so clients get new access tokens by themselves.

Example:
  $ warder key retire NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs`,
    )
    .action((kid: string, options: KeyOptions) =>
      withWarder(options, async ({ keys }) => {
        const current = await keys.retire(kid)
        if (options.json) return printJson(current)
        print(`Withdrew ${kid}. ${signing(current)}`)
        print('Its tokens are refused here within five seconds, and by others as soon as they')
        print('fetch the key set again: within five minutes by guards of Warder.')
        print(styled('dim', BEHIND))
      }),
    )
}

const BEHIND =
  'Whoever does not fetch the key set again for an unknown key refuses new tokens until its copy is old.'

const signing = ({ kid }: DescribedKey) => `${styled('bold', kid)} signs now.`

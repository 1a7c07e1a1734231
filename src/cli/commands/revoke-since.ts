/**
 * `warder revoke-since`: ends what an older backup has brought back to life.
 *
 * @module
 */

import { Command } from 'commander'
import { ConfigError } from '../../errors.ts'
import { systemPlatform } from '../../platform.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { parseMoment } from '../moment.ts'
import { print, printJson, printTable } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface RevokeSinceOptions extends StoreOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

export const revokeSince: CommandMaker = () =>
  withStoreOptions(new Command('revoke-since'))
    .argument('<time>', 'when the backup was made: 15m, 2h or 7d ago, or a date and time')
    .option('--dry-run', 'count what would be ended, and end nothing')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(async (time: string, options: RevokeSinceOptions) => {
      const since = parseMoment(time, systemPlatform.now(), '<time>')
      if (since > systemPlatform.now()) throw new ConfigError('<time>', 'is yet to come.')
      await withWarder(options, async ({ revokeSince: revoke }) => {
        const { dryRun = false } = options
        const ended = await revoke(since, { dryRun })
        if (options.json) {
          return printJson({ since: new Date(since).toISOString(), dryRun, ended })
        }
        printTable(
          [dryRun ? 'WOULD END' : 'ENDED', 'HOW MANY'],
          Object.entries(ended).map(([what, count]) => [names[what] ?? what, String(count)]),
        )
        print()
        print(ADVICE)
      })
    })

const names: Readonly<Record<string, string>> = {
  families: 'grants, with their refresh and access tokens',
  sessions: 'sessions of browsers',
  codes: 'authorization codes',
  deviceCodes: 'device codes',
  interactions: 'sign-ins under way',
  clients: 'clients, with the tokens for themselves',
}

const ADVICE = `What only the lost days knew is for you to do again: disable accounts, change secrets and passwords,
revoke API keys (“warder apikey list”), withdraw signing keys (“warder key list”). “warder why” and the exported log say what there was.`

const HELP = `
A restored store takes used codes for unused, exchanged refresh tokens for current ones, and signed-out
browsers for signed in. Nobody can tell which, so all of it ends and people sign in again. Stop all
servers before. Stopped half-way, it goes on where it was when it is run again with the same time.

Examples:
  $ warder revoke-since 2026-01-31T12:00Z --dry-run
  $ warder revoke-since 2h
`

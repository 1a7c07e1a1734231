/**
 * `warder key`: the keys that sign.
 *
 * @module
 */

import { Command } from 'commander'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, printJson, printTable } from '../output.ts'
import type { CommandMaker } from './command.ts'

export const key: CommandMaker = () => {
  const group = new Command('key').description('The keys that sign tokens.')
  withStoreOptions(group.command('list'))
    .description('List the signing keys; private parts stay sealed.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder key list --json')
    .action((options: StoreOptions & { json?: boolean }) =>
      withWarder(options, async ({ store }) => {
        const rows = await store.list('signingKeys', {}, { limit: 100 })
        const keys = rows.map(({ id, alg, createdAt, retiredAt }) => ({
          kid: id,
          alg,
          createdAt,
          retiredAt,
        }))
        if (options.json) return printJson(keys)
        printTable(
          ['KID', 'ALG', 'CREATED', 'RETIRED'],
          keys.map((each) => [
            each.kid,
            each.alg,
            formatTime(each.createdAt),
            formatTime(each.retiredAt),
          ]),
        )
      }),
    )
  return group
}

/**
 * `warder client`: OAuth clients.
 *
 * @module
 */

import { Command } from 'commander'
import { WarderError } from '../../errors.ts'
import type { StoredClient } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable } from '../output.ts'
import { addCommand, showRegistered } from './client-add.ts'
import type { CommandMaker } from './command.ts'

interface ShowOptions extends StoreOptions {
  readonly json?: boolean
}

export const client: CommandMaker = () => {
  const group = new Command('client')
  addCommand(group)
  listCommand(group)
  showCommand(group)
  rotateCommand(group)
  verifyCommand(group)
  removeCommand(group)
  return group
}

function listCommand(group: Command): void {
  withStoreOptions(group.command('list'))
    .description('List the registered clients.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder client list')
    .action((options: ShowOptions) =>
      withWarder(options, async ({ clients }) => {
        const all = await clients.list()
        if (options.json) return printJson(all.map(visible))
        printTable(
          ['CLIENT_ID', 'NAME', 'REGISTERED BY', 'SINCE', 'LAST USED'],
          all.map((each) => [
            each.id,
            each.metadata.client_name,
            each.registration,
            formatTime(each.createdAt),
            formatTime(each.usedAt),
          ]),
        )
      }),
    )
}

/** All but the secret's hash, which is nobody's business. */
function visible({ secretHash: _, fingerprint: __, ...client }: StoredClient) {
  return client
}

const notFound = (id: string) =>
  new WarderError(
    'no_such_client',
    `There is no client “${id}”. List them with: warder client list`,
  )

function showCommand(group: Command): void {
  withStoreOptions(group.command('show <id>'))
    .description('Show one client. Exits with 1 if there is none.')
    .addHelpText('after', '\nExample:\n  $ warder client show my-editor')
    .action((id: string, options: ShowOptions) =>
      withWarder(options, async ({ clients }) => {
        const found = await clients.find(id)
        if (found === undefined) throw notFound(id)
        printJson(visible(found))
      }),
    )
}

function rotateCommand(group: Command): void {
  withStoreOptions(group.command('rotate-secret <id>'))
    .description('Replace the secret of a client; the old one stops working at once.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder client rotate-secret nightly')
    .action((id: string, options: ShowOptions) =>
      withWarder(options, async ({ clients }) => {
        showRegistered(await clients.rotateSecret(id), options)
      }),
    )
}

function verifyCommand(group: Command): void {
  withStoreOptions(group.command('verify <id>'))
    .description('Vouch for a client that registered itself.')
    .addHelpText('after', '\nExample:\n  $ warder client verify dyn_abc123')
    .action((id: string, options: ShowOptions) =>
      withWarder(options, async ({ clients }) => {
        await clients.verify(id)
        print(`Verified ${id}.`)
      }),
    )
}

function removeCommand(group: Command): void {
  withStoreOptions(group.command('remove <id>'))
    .description('Remove a client and all that was granted to it.')
    .addHelpText('after', '\nExample:\n  $ warder client remove my-editor')
    .action((id: string, options: ShowOptions) =>
      withWarder(options, async ({ clients }) => {
        if (!(await clients.remove(id))) throw notFound(id)
        print(`Removed ${id}, its consents and its tokens.`)
      }),
    )
}

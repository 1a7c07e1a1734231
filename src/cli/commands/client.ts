/**
 * `warder client`: OAuth clients.
 *
 * @module
 */

import { Command } from 'commander'
import { WarderError } from '../../errors.ts'
import type { Registered } from '../../server/index.ts'
import type { StoredClient } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable, styled } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface AddOptions extends StoreOptions {
  readonly id?: string
  readonly public?: boolean
  readonly redirectUri: readonly string[]
  readonly grant: readonly string[]
  readonly scope: readonly string[]
  readonly authMethod?: string
  readonly resource: readonly string[]
  readonly json?: boolean
}

interface ShowOptions extends StoreOptions {
  readonly json?: boolean
}

const collect = (value: string, before: readonly string[]) => [...before, value]

export const client: CommandMaker = () => {
  const group = new Command('client').description(
    'OAuth clients: add, list, show, rotate-secret, verify, remove.',
  )
  addCommand(group)
  listCommand(group)
  showCommand(group)
  rotateCommand(group)
  verifyCommand(group)
  removeCommand(group)
  return group
}

function addCommand(group: Command): void {
  withStoreOptions(group.command('add <name>'))
    .description('Register a client. A secret, if it has one, is shown once.')
    .option('--id <id>', 'the client_id; one is made up otherwise')
    .option('--public', 'a client that cannot keep a secret')
    .option('--redirect-uri <uri>', 'where codes may be sent; repeat for more', collect, [])
    .option('--grant <type>', 'a grant type; repeat for more', collect, [])
    .option('--scope <scope>', 'a scope it is held to; repeat for more', collect, [])
    .option('--auth-method <method>', 'client_secret_basic, client_secret_post or none')
    .option('--resource <uri>', 'a resource it is held to; repeat for more', collect, [])
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ warder client add "My editor" --public --redirect-uri http://127.0.0.1/callback
  $ warder client add Nightly --grant client_credentials --scope files:read`,
    )
    .action((name: string, options: AddOptions) =>
      withWarder(options, async ({ clients }) => {
        showRegistered(await clients.add(describe(name, options)), options)
      }),
    )
}

function describe(name: string, options: AddOptions) {
  const byCode = ['authorization_code', 'refresh_token']
  return {
    ...(options.id === undefined ? {} : { id: options.id }),
    metadata: {
      client_name: name,
      redirect_uris: options.redirectUri,
      grant_types: options.grant.length === 0 ? byCode : options.grant,
      token_endpoint_auth_method:
        options.authMethod ?? (options.public ? 'none' : 'client_secret_basic'),
      ...(options.scope.length === 0 ? {} : { scope: options.scope.join(' ') }),
    },
    resources: options.resource.length === 0 ? null : options.resource,
  }
}

function showRegistered({ client, ...registered }: Registered, { json }: ShowOptions): void {
  const secret = registered.secret?.reveal('showing it once')
  if (json) {
    const secretMember = secret === undefined ? {} : { client_secret: secret }
    printJson({ client_id: client.id, ...secretMember, ...client.metadata })
    return
  }
  print(`client_id      ${styled('bold', client.id)}`)
  if (secret === undefined) return
  print(`client_secret  ${styled('bold', secret)}`)
  print(styled('dim', 'The secret is not kept and cannot be shown again.'))
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

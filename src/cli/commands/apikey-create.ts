/**
 * `warder apikey create`: a key, on standard output, once. What else there is to say goes to standard
 * error, so that the key can be piped to where it is kept.
 *
 * @module
 */

import type { Command } from 'commander'
import { ConfigError, WarderError } from '../../errors.ts'
import type { IssuedApiKey, NewApiKey } from '../../guard/index.ts'
import { systemPlatform } from '../../platform.ts'
import type { Warder } from '../../warder.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { parseEnd } from '../moment.ts'
import { collect } from '../option-values.ts'
import { formatTime, print, printJson, tell } from '../output.ts'

interface CreateOptions extends StoreOptions {
  readonly owner?: string
  readonly scope: readonly string[]
  readonly role: readonly string[]
  readonly resource: readonly string[]
  readonly network: readonly string[]
  readonly expires?: string
  readonly rate?: string
  readonly json?: boolean
}

/** Adds the command to its group. */
export function createCommand(group: Command): void {
  withStoreOptions(group.command('create <name>'))
    .description('Make a key. It is printed once, and nothing else is on standard output.')
    .option('--owner <email>', 'the account it acts for; it acts for itself otherwise')
    .option('--scope <scope>', 'what it may do; repeat for more', collect, [])
    .option(
      '--role <role>',
      'a role it has, as long as its owner has it; repeat for more',
      collect,
      [],
    )
    .option('--resource <uri>', 'what it is good for, if not for all; repeat for more', collect, [])
    .option(
      '--network <cidr>',
      'where it may be used from, if not everywhere; repeat for more',
      collect,
      [],
    )
    .option('--expires <when>', 'when it ends: 12h or 90d from now, or a date')
    .option('--rate <n/m>', 'how often it may be used: 600/m, or 10/s')
    .option('--json', 'for machines: the key and what is kept of it')
    .addHelpText(
      'after',
      `
Examples:
  $ warder apikey create ci --scope files:read --expires 90d
  $ warder apikey create nightly --owner alice@example.com --network 10.0.0.0/8 --rate 600/m \\
      > /run/secrets/warder-key`,
    )
    .action((name: string, options: CreateOptions) =>
      withWarder(options, async (warder) => {
        showIssued(await warder.apiKeys.create(await describe(name, options, warder)), options)
      }),
    )
}

async function describe(
  name: string,
  { owner, scope, role, resource, network, expires, rate }: CreateOptions,
  warder: Warder,
): Promise<NewApiKey> {
  return {
    ...{ name, scopes: scope, roles: role },
    ...(owner === undefined ? {} : { owner: await ownerOf(owner, warder) }),
    ...(resource.length === 0 ? {} : { resources: resource }),
    ...(network.length === 0 ? {} : { networks: network }),
    ...endOf(expires),
    ...(rate === undefined ? {} : { rate: parseRate(rate) }),
  }
}

async function ownerOf(email: string, { accounts }: Warder): Promise<string> {
  const account = await accounts.findByEmail(email)
  if (account !== undefined) return account.id
  throw new WarderError(
    'no_such_account',
    `There is no account “${email}”. List them with: warder user list`,
  )
}

/** What `--expires` says; nothing if it does not. */
export const endOf = (expires: string | undefined): { readonly expiresAt?: number } =>
  expires === undefined ? {} : { expiresAt: parseEnd(expires, systemPlatform.now(), '--expires') }

/** As many at once as the rate says: whoever may use it 600 times a minute may do so in one go. */
function parseRate(text: string): NonNullable<NewApiKey['rate']> {
  const [, count, unit] = /^(\d{1,6})\/(s|m)$/.exec(text) ?? []
  const times = Number(count)
  if (times > 0) return { perMinute: unit === 's' ? times * 60 : times, burst: times }
  throw new ConfigError(
    '--rate',
    'is no rate.',
    'Write how often a minute or a second: 600/m, 10/s.',
  )
}

/** Shows a key that was made just now: on standard output, now and never again. */
export function showIssued(
  { key, ...kept }: IssuedApiKey,
  { json = false }: { readonly json?: boolean },
): void {
  const text = key.reveal('showing it once')
  if (json) {
    printJson({ key: text, ...kept })
    return
  }
  const { id, expiresAt } = kept
  print(text)
  tell(`id       ${id}`)
  tell(`expires  ${expiresAt === null ? 'never, until you revoke it' : formatTime(expiresAt)}`)
  tell('The key is not kept and cannot be shown again.')
}

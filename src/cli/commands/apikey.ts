/**
 * `warder apikey`: API keys.
 *
 * @module
 */

import { Command } from 'commander'
import type { DescribedApiKey } from '../../guard/index.ts'
import { systemPlatform } from '../../platform.ts'
import type { Warder } from '../../warder.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable, visible } from '../output.ts'
import { createCommand } from './apikey-create.ts'
import { checkId, rotateCommand } from './apikey-rotate.ts'
import { verifyCommand } from './apikey-verify.ts'
import type { CommandMaker } from './command.ts'

interface ShowOptions extends StoreOptions {
  readonly json?: boolean
}

export const apikey: CommandMaker = () => {
  const group = new Command('apikey')
  createCommand(group)
  listCommand(group)
  rotateCommand(group)
  revokeCommand(group)
  verifyCommand(group)
  return group
}

function listCommand(group: Command): void {
  withStoreOptions(group.command('list'))
    .description('List the keys. Those that are over stay listed for thirty days.')
    .option('--json', 'for machines; times in milliseconds since the epoch')
    .addHelpText('after', '\nExample:\n  $ warder apikey list')
    .action((options: ShowOptions) =>
      withWarder(options, async (warder) => {
        const all = await everyKey(warder)
        if (options.json) return printJson(all)
        const nameOf = await ownerNames(warder, all)
        printTable(
          ['ID', 'NAME', 'OWNER', 'SCOPES', 'SINCE', 'EXPIRES', 'LAST USED', 'STATE'],
          all.map((key) => [
            ...[key.id, visible(key.name), nameOf(key.owner), key.allows.scopes.join(' ') || '–'],
            ...[key.createdAt, key.expiresAt, key.usedAt].map(formatTime),
            stateOf(key, systemPlatform.now()),
          ]),
        )
      }),
    )
}

/** Keys that are read at a time. */
const PAGE = 500

async function everyKey({ apiKeys }: Warder): Promise<readonly DescribedApiKey[]> {
  const all: DescribedApiKey[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const page = await apiKeys.list({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/** Owners as people know them. */
async function ownerNames({ accounts }: Warder, keys: readonly DescribedApiKey[]) {
  const emails = new Map<string, string>()
  for (const { owner } of keys) {
    if (owner === null || emails.has(owner)) continue
    emails.set(owner, (await accounts.find(owner))?.email ?? owner)
  }
  return (owner: string | null) => (owner === null ? '–' : (emails.get(owner) ?? owner))
}

function stateOf({ revokedAt, expiresAt, previousUntil }: DescribedApiKey, now: number): string {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt !== null && expiresAt <= now) return 'expired'
  if (previousUntil === null || previousUntil <= now) return 'good'
  return `good, and the old one until ${formatTime(previousUntil)}`
}

function revokeCommand(group: Command): void {
  withStoreOptions(group.command('revoke <id>'))
    .description('End a key with all its secrets. Exits with 1 if there is none.')
    .option('--json', 'for machines')
    .addHelpText('after', REVOKE_HELP)
    .action((id: string, options: ShowOptions) =>
      withWarder(options, async ({ apiKeys }) => {
        const isNew = await apiKeys.revoke(checkId(id))
        if (options.json) return printJson({ id, revoked: isNew })
        if (!isNew) return print(`${id} was revoked already.`)
        print(
          `Revoked ${id}. All servers refuse it within five seconds, or what apiKeys.cache says.`,
        )
      }),
    )
}

const REVOKE_HELP = `
The id stands in the key, between its second and its third underscore.

Example:
  $ warder apikey revoke 7Q2fVbX0mWc3LkTz`

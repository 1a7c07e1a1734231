/**
 * `warder user`: people.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ConfigError, WarderError } from '../../errors.ts'
import { randomToken, systemPlatform } from '../../platform.ts'
import type { User } from '../../store/index.ts'
import { Secret } from '../../vault/secret.ts'
import type { Warder } from '../../warder.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { collect } from '../option-values.ts'
import { formatTime, print, printJson, printTable, styled } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface PasswordOptions extends StoreOptions {
  readonly passwordFile?: string
  readonly json?: boolean
}

interface AddOptions extends PasswordOptions {
  readonly role: readonly string[]
}

export const user: CommandMaker = () => {
  const group = new Command('user')
  addCommand(group)
  listCommand(group)
  for (const name of ['disable', 'enable'] as const) switchCommand(group, name)
  resetCommand(group)
  removeCommand(group)
  return group
}

function addCommand(group: Command): void {
  withStoreOptions(group.command('add <email>'))
    .description(
      'Create an account. Without a password file you are asked, or one is made up and shown once.',
    )
    .option('--role <role>', 'a role; repeat for more', collect, [])
    .option('--password-file <file>', 'where the password is, - for standard input')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ warder user add alice@example.com --role admin
  $ pass show alice | warder user add alice@example.com --password-file -`,
    )
    .action((email: string, options: AddOptions) =>
      withWarder(options, async ({ accounts }) => {
        const chosen = await choosePassword(options)
        const added = await accounts.add({ email, password: chosen.password, roles: options.role })
        showAccount(added, chosen, options)
      }),
    )
}

interface Chosen {
  readonly password: Secret<string>
  /** Set if nobody but this command knows it yet. */
  readonly shown?: string
}

/** From a file, from the keyboard, or made up. Never from an argument, where others could read it. */
async function choosePassword({ passwordFile, json }: PasswordOptions): Promise<Chosen> {
  if (passwordFile !== undefined) {
    const text = readPassword(passwordFile)
    return { password: new Secret(text.replace(/\r?\n$/, '')) }
  }
  if (process.stdin.isTTY && process.stdout.isTTY && !json) {
    const { isCancel, password } = await import('@clack/prompts')
    const answer = await password({ message: 'Password (empty to have one made up)' })
    if (isCancel(answer)) throw new WarderError('cancelled', 'Nothing was changed.')
    if (typeof answer === 'string' && answer !== '') return { password: new Secret(answer) }
  }
  const shown = randomToken(systemPlatform, 15)
  return { password: new Secret(shown), shown }
}

function readPassword(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new ConfigError('--password-file', `${file} could not be read.`, undefined, { cause })
  }
}

function showAccount(account: User, { shown }: Chosen, { json }: PasswordOptions): void {
  if (json) {
    const password = shown === undefined ? {} : { password: shown }
    printJson({ ...visible(account), ...password })
    return
  }
  print(`account   ${styled('bold', account.email)}`)
  if (shown === undefined) return
  print(`password  ${styled('bold', shown)}`)
  print(styled('dim', 'The password is not kept and cannot be shown again.'))
}

/** All but the password's hash. */
function visible({ passwordHash: _, epoch: __, ...account }: User) {
  return account
}

function listCommand(group: Command): void {
  withStoreOptions(group.command('list'))
    .description('List the accounts.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder user list')
    .action((options: PasswordOptions) =>
      withWarder(options, async ({ accounts }) => {
        const all = await everyone(accounts)
        if (options.json) return printJson(all.map(visible))
        printTable(
          ['EMAIL', 'ROLES', 'SINCE', 'STATE'],
          all.map((each) => [
            each.email,
            each.roles.join(' ') || '–',
            formatTime(each.createdAt),
            each.disabledAt === null ? 'enabled' : 'disabled',
          ]),
        )
      }),
    )
}

async function everyone(accounts: Warder['accounts']): Promise<readonly User[]> {
  const all: User[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const page = await accounts.list({ limit: 500, ...(after === undefined ? {} : { after }) })
    all.push(...page)
    if (page.length < 500) return all
  }
}

/** The account of an address. */
async function accountOf({ accounts }: Warder, email: string): Promise<User> {
  const account = await accounts.findByEmail(email)
  if (account !== undefined) return account
  throw new WarderError(
    'no_such_account',
    `There is no account “${email}”. List them with: warder user list`,
  )
}

function switchCommand(group: Command, name: 'disable' | 'enable') {
  withStoreOptions(group.command(`${name} <email>`))
    .description(
      name === 'disable'
        ? 'Lock an account and end its sessions and tokens.'
        : 'Let a locked account in again.',
    )
    .addHelpText('after', `\nExample:\n  $ warder user ${name} alice@example.com`)
    .action((email: string, options: StoreOptions) =>
      withWarder(options, async (warder) => {
        const { id } = await accountOf(warder, email)
        await warder.accounts.setDisabled(id, name === 'disable')
        print(`${email} is ${name}d.`)
      }),
    )
}

function resetCommand(group: Command): void {
  withStoreOptions(group.command('reset <email>'))
    .description('Give an account a new password and end its sessions and tokens.')
    .option('--password-file <file>', 'where the password is, - for standard input')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder user reset alice@example.com')
    .action((email: string, options: PasswordOptions) =>
      withWarder(options, async (warder) => {
        const account = await accountOf(warder, email)
        const chosen = await choosePassword(options)
        await warder.accounts.setPassword(account.id, chosen.password)
        showAccount(account, chosen, options)
      }),
    )
}

function removeCommand(group: Command): void {
  withStoreOptions(group.command('remove <email>'))
    .description('Remove an account and everything it granted.')
    .addHelpText('after', '\nExample:\n  $ warder user remove alice@example.com')
    .action((email: string, options: StoreOptions) =>
      withWarder(options, async (warder) => {
        const { id } = await accountOf(warder, email)
        await warder.accounts.remove(id)
        print(`Removed ${email}, its sessions, consents, tokens and API keys.`)
      }),
    )
}

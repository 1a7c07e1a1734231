/**
 * `warder apikey verify`: whether a key is good, and what it is.
 *
 * @module
 */

import type { Command } from 'commander'
import { ConfigError, OAuthError } from '../../errors.ts'
import type { ApiKeys, DescribedApiKey, Identity } from '../../guard/index.ts'
import { StoreUnavailable } from '../../store/errors.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { readInput } from '../jwt/secret-input.ts'
import { formatTime, print, printJson, tell, visible } from '../output.ts'

interface VerifyOptions extends StoreOptions {
  readonly json?: boolean
}

/** Adds the command to its group. */
export function verifyCommand(group: Command): void {
  withStoreOptions(group.command('verify [file]'))
    .description('Say whether a key is good, and what it allows. Exits with 1 if it is not.')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      `
The key is read from FILE, from standard input for -, or from the variable API_KEY; without any of
them from standard input. It is no argument: those stay in the history of the shell.

Examples:
  $ pass show ci-key | warder apikey verify -
  $ warder apikey verify /run/secrets/warder-key`,
    )
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const text = await readKey(file)
      await withWarder(options, async ({ apiKeys }) => {
        const { identity, key } = await look(apiKeys, text, options)
        if (options.json) printJson({ valid: true, subject: identity.subject, ...key })
        else show(identity, key)
      })
    })
}

async function readKey(file: string | undefined): Promise<string> {
  if (file?.toLowerCase().startsWith('wdr_')) {
    throw new ConfigError(
      '[file]',
      'is a key: as an argument it stays in the history of the shell, and others can read it.',
      'Give it on standard input, in a file or as API_KEY, and rotate this one.',
    )
  }
  const { API_KEY: variable } = process.env
  if (file !== undefined || variable === undefined || variable === '') {
    return (await readInput(file ?? '-', '[file]')).trim()
  }
  tell('The key is that of the variable API_KEY.')
  return variable.trim()
}

/** @throws {OAuthError} if it is not good; with `--json` that is printed too. */
async function look(
  apiKeys: ApiKeys,
  text: string,
  { json = false }: VerifyOptions,
): Promise<{ readonly identity: Identity; readonly key: DescribedApiKey | undefined }> {
  try {
    const identity = await apiKeys.verify(text)
    return { identity, key: await apiKeys.find(identity.credentialId) }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    if (error.cause instanceof StoreUnavailable) throw error.cause
    if (json) printJson({ valid: false, reason: error.detail ?? error.message })
    throw error
  }
}

function show({ subject, scopes, roles }: Identity, key: DescribedApiKey | undefined): void {
  print('The key is good.')
  print()
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', key?.id],
    ['name', key && visible(key.name)],
    ['subject', subject],
    ['scopes', scopes.join(' ')],
    ['roles', roles.join(' ')],
    ['resources', key?.allows.resources?.join(' ') ?? 'all'],
    ['networks', key?.allows.networks?.join(' ') ?? 'all'],
    ['expires', formatTime(key?.expiresAt ?? null)],
  ]
  for (const [name, value] of rows) print(`${name.padEnd(9)}  ${value || '–'}`)
}

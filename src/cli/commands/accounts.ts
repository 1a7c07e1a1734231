/**
 * `warder accounts`: where this user is signed in, without any tokens.
 *
 * @module
 */

import { Command } from 'commander'
import type { KeptGrant } from '../../client/kept-grant.ts'
import { systemPlatform } from '../../platform.ts'
import { formatTime, print, printJson, printTable, visible } from '../output.ts'
import { accountJson } from '../sign-in/account.ts'
import { userGrants } from '../sign-in/grant-store.ts'

/** Makes the command. */
export const accounts = (): Command =>
  new Command('accounts')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const grants = [...(await userGrants().grants())].sort(byService)
      if (json === true) return printJson(grants.map(accountJson))
      if (grants.length === 0)
        return print('Nobody is signed in anywhere. See: warder login --help')
      printTable(['service', 'account', 'who', 'token', 'scopes'], grants.map(rowOf))
    })

const HELP = `
Example:
  $ warder accounts
`

const serviceOf = ({ key }: KeptGrant): string => (key.resource === '' ? key.issuer : key.resource)

const byService = (one: KeptGrant, other: KeptGrant): number =>
  serviceOf(one).localeCompare(serviceOf(other)) || one.key.account.localeCompare(other.key.account)

const rowOf = (grant: KeptGrant): readonly string[] =>
  [
    serviceOf(grant),
    grant.key.account,
    grant.label ?? '–',
    lifeOf(grant),
    grant.scopes.join(' ') || '–',
  ].map(visible)

/** How long it is good, as far as anybody here can know. */
function lifeOf({ expiresAt, refreshToken }: KeptGrant): string {
  if (refreshToken !== undefined) return 'is renewed'
  if (expiresAt === undefined) return 'no end known'
  const end = `${formatTime(expiresAt)} UTC`
  return expiresAt <= systemPlatform.now() ? `ended ${end}` : `until ${end}`
}

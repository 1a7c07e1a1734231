/**
 * Which kept sign-in a user means who names an address and an account.
 *
 * @module
 */

import { ClientError } from '../../client/errors.ts'
import type { GrantStore, KeptGrant } from '../../client/kept-grant.ts'
import { ConfigError, WarderError } from '../../errors.ts'

/** What the user names. */
export interface Named {
  readonly url: string
  readonly account?: string | undefined
}

/**
 * All sign-ins at an address, the latest first.
 *
 * @throws {ConfigError} if the address is none.
 */
export async function keptAt(store: GrantStore, { url, account }: Named): Promise<KeptGrant[]> {
  if (!URL.canParse(url)) throw new ConfigError('URL', 'must be a whole address, with https://.')
  const grants = await store.grants()
  return grants
    .filter(({ key }) => account === undefined || key.account === account)
    .filter(({ key }) => isAt(key.resource === '' ? key.issuer : key.resource, url))
    .sort((one, other) => other.givenAt - one.givenAt)
}

/**
 * The sign-in that is meant.
 *
 * @throws {ClientError} `sign_in_needed` if there is none, `WarderError` if there are several.
 */
export async function keptFor(store: GrantStore, named: Named): Promise<KeptGrant> {
  const found = await keptAt(store, named)
  const accounts = new Set(found.map(({ key }) => key.account))
  if (accounts.size > 1) {
    const names = [...accounts].join(', ')
    throw new WarderError('several_accounts', `There are several: ${names}. Add --account NAME.`)
  }
  const [grant] = found
  if (grant !== undefined) return grant
  const account = named.account === undefined ? '' : ` --account ${named.account}`
  throw new ClientError('sign_in_needed', `Sign in with: warder login ${named.url}${account}`)
}

/** Whether a sign-in is for an address: the same but for a slash at the end, or for all of its host. */
function isAt(kept: string, url: string): boolean {
  const withSlash = (text: string) => (text.endsWith('/') ? text : `${text}/`)
  return withSlash(kept) === withSlash(url) || withSlash(kept) === `${new URL(url).origin}/`
}

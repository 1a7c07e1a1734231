/**
 * Which kept sign-in a user means who names an address and an account.
 *
 * @module
 */

import { ClientError } from '../../client/errors.ts'
import type { GrantKey, GrantStore, KeptGrant } from '../../client/kept-grant.ts'
import { ConfigError, WarderError } from '../../errors.ts'

/** What the user names; whatever is named must fit. */
export interface Named {
  readonly url: string
  readonly account?: string | undefined
  readonly clientId?: string | undefined
  readonly issuer?: string | undefined
  /** What tokens were asked for, if not for the address itself. */
  readonly indicator?: string | undefined
}

/**
 * All sign-ins at an address, the latest first.
 *
 * @throws {ConfigError} if the address is none.
 */
export async function keptAt(store: GrantStore, named: Named): Promise<KeptGrant[]> {
  if (!URL.canParse(named.url)) {
    throw new ConfigError('URL', 'must be a whole address, with https://.')
  }
  const grants = await store.grants()
  return grants
    .filter(({ key }) => isMeant(key, named))
    .sort((one, other) => other.givenAt - one.givenAt)
}

function isMeant(key: GrantKey, { url, account, clientId, issuer, indicator }: Named): boolean {
  if (account !== undefined && key.account !== account) return false
  if (clientId !== undefined && key.clientId !== clientId) return false
  if (issuer !== undefined && key.issuer !== issuer) return false
  if (indicator !== undefined) return key.resource === indicator
  return isAt(key.resource === '' ? key.issuer : key.resource, url)
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
  throw new ClientError('sign_in_needed', `Sign in with: warder login ${argumentsOf(named)}`)
}

/** As somebody would type them. */
const argumentsOf = ({ url, account, clientId, issuer, indicator }: Named): string =>
  [
    ['', url],
    ['--account ', account],
    ['--client-id ', clientId],
    ['--issuer ', issuer],
    ['--resource ', indicator],
  ]
    .flatMap(([option, value]) => (value === undefined ? [] : [`${option}${value}`]))
    .join(' ')

/** Whether a sign-in is for an address: the same but for a slash at the end, or for all of its host. */
function isAt(kept: string, url: string): boolean {
  const withSlash = (text: string) => (text.endsWith('/') ? text : `${text}/`)
  return withSlash(kept) === withSlash(url) || withSlash(kept) === `${new URL(url).origin}/`
}

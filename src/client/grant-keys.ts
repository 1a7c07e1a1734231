/**
 * Which kept grant a caller means who names a resource and an account.
 *
 * What was kept says which server gave it, so nobody has to ask the resource again to use it.
 *
 * @module
 */

import type { Connections } from './connections.ts'
import { ClientError } from './errors.ts'
import type { GrantKey, GrantStore } from './kept-grant.ts'

/** What is known without asking anybody. */
export interface GrantKeyOptions {
  readonly store: GrantStore
  readonly connections: Connections
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly clientIdUrl: string | undefined
  /** Whether tokens can be had without a user, so that it is worth asking whom. */
  readonly isMachine: boolean
}

/** A resource and an account. */
export interface Wanted {
  readonly resource: string
  readonly account: string
}

/** Finds keys. */
export interface GrantKeys {
  /** @throws {ClientError} `sign_in_needed` if nothing is kept and nobody can be asked. */
  of(wanted: Wanted): Promise<GrantKey>
  /** Those that another server gave for the same: the resource has moved since. */
  former(key: GrantKey): Promise<readonly GrantKey[]>
  /** What was given since may be another's. */
  reset(): void
}

/** Makes the memory of one client. */
export function createGrantKeys(options: GrantKeyOptions): GrantKeys {
  const found = new Map<string, GrantKey>()
  return {
    async of(wanted) {
      const name = JSON.stringify([wanted.resource, wanted.account])
      const key = found.get(name) ?? (await find(options, wanted))
      found.set(name, key)
      return key
    },
    former: ({ issuer, resource, account }) =>
      keptKeys(options, { resource, account }, (key) => key.issuer !== issuer),
    reset: () => found.clear(),
  }
}

async function find(options: GrantKeyOptions, { resource, account }: Wanted): Promise<GrantKey> {
  const { issuer, clientId, connections } = options
  if (issuer !== undefined && clientId !== undefined) return { issuer, clientId, resource, account }
  const isMeant = (key: GrantKey) => issuer === undefined || key.issuer === issuer
  const [kept] = await keptKeys(options, { resource, account }, isMeant)
  if (kept !== undefined) return kept
  if (!options.isMachine) throw new ClientError('sign_in_needed', 'Sign in.')
  const connection = await connections.to(resource)
  const { server, clientId: id } = connection.party
  return { issuer: server.issuer, clientId: id, resource: connection.resource, account }
}

/** What tells a client's grants from those of others. */
export type KeptKeyOptions = Pick<GrantKeyOptions, 'store' | 'clientId' | 'clientIdUrl'>

/** The keys of this client's grants, the newest first. */
export async function keptKeys(
  options: KeptKeyOptions,
  { resource, account }: Wanted,
  isMeant: (key: GrantKey) => boolean = () => true,
): Promise<readonly GrantKey[]> {
  const grants = [...(await options.store.grants())].sort((a, b) => b.givenAt - a.givenAt)
  const keys: GrantKey[] = []
  for (const { key } of grants) {
    const isFor = key.account === account && covers(key.resource, resource)
    if (isFor && isMeant(key) && (await isOurs(options, key))) keys.push(key)
  }
  return keys
}

/** A grant of a client that was registered anew since is nobody's. */
async function isOurs({ store, clientId, clientIdUrl }: KeptKeyOptions, key: GrantKey) {
  if (clientId !== undefined) return key.clientId === clientId
  if (key.clientId === clientIdUrl) return true
  return (await store.registration(key.issuer))?.clientId === key.clientId
}

/** The resource itself, or its origin if that is what it said it is. */
function covers(kept: string, asked: string): boolean {
  if (kept === asked) return true
  if (kept === '' || asked === '') return false
  const { origin } = new URL(asked)
  return kept === origin || kept === `${origin}/`
}

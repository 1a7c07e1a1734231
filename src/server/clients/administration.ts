/**
 * Clients that an administrator registers.
 *
 * @module
 */

import { OAuthError, WarderError } from '../../errors.ts'
import { type EventSink, eventMaker } from '../../events.ts'
import { newCorrelationId, type Platform, randomToken } from '../../platform.ts'
import { isClientIdUrl } from '../../protocol/client-id-metadata-document.ts'
import { hasSecret, parseClientMetadata } from '../../protocol/client-metadata.ts'
import { type Change, insert, removeAll, type Store, update } from '../../store/store.ts'
import type { StoredClient } from '../../store/tables.ts'
import { Secret, secretPrefixes, type Vault } from '../../vault/index.ts'
import { revokeClient, revokeFamilies } from '../tokens/revocation.ts'
import { checkClientKeys } from './client-keys.ts'
import type { Registered } from './dynamic-registration.ts'

/** What an administrator says of a new client. */
export interface NewClient {
  /** Chosen id; one is made up when absent. */
  readonly id?: string
  /** Client metadata by RFC 7591 §2, of which `client_name` is required. */
  readonly metadata: Readonly<Record<string, unknown>>
  /**
   * Resources it is held to; null for every known one. A client that proves who it is may ask at
   * `/introspect` about the tokens for those that are named.
   */
  readonly resources: readonly string[] | null
}

/** What administration leans on. */
export interface ClientAdministrationOptions {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
  /** Whether `http://localhost` is accepted as a loopback redirect. */
  readonly allowLocalhost: boolean
  readonly onEvent: EventSink
}

/** Managing clients by hand. */
export interface ClientAdministration {
  add(client: NewClient): Promise<Registered>
  find(id: string): Promise<StoredClient | undefined>
  list(): Promise<readonly StoredClient[]>
  /** Replaces the secret; the old one stops working at once. */
  rotateSecret(id: string): Promise<Registered>
  /**
   * Vouches for a client that registered itself: its pages no longer say “unverified”.
   *
   * @throws {WarderError} if there is none, or it is a document, whose host is what is vouched for.
   */
  verify(id: string): Promise<void>
  /**
   * Removes a client and everything that was granted to it. A client that is a document only loses
   * what was granted. Answers whether there was one.
   */
  remove(id: string): Promise<boolean>
}

/** An id that can be typed and cannot be a URL; `client:` before it keeps it apart from users. */
const CLIENT_ID = /^[A-Za-z0-9][\w.-]{0,99}$/

/** Managing the clients of a store. */
export function clientAdministration(options: ClientAdministrationOptions): ClientAdministration {
  const { store, vault, platform } = options
  const event = eventMaker(platform, newCorrelationId(platform))
  const newSecret = (id: string) => {
    const made = `${secretPrefixes.clientSecret}${randomToken(platform)}`
    return { secret: new Secret(made), secretHash: vault.hash('client_secret', id, made) }
  }
  return {
    async add(client) {
      const row = describe(client, options)
      await checkClientKeys(row.metadata)
      const { secret, secretHash } = hasSecret(row.metadata)
        ? newSecret(row.id)
        : { secret: null, secretHash: null }
      const stored = { ...row, secretHash }
      const registered = event('client.registered', { clientId: row.id })
      if (!(await store.write([insert('clients', stored)], [registered]))) {
        throw new WarderError(
          'client_exists',
          `There is already a client “${row.id}”. Choose another id.`,
        )
      }
      return { client: stored, secret }
    },
    find: (id) => store.find('clients', { id }),
    list: () => listAll(store),
    async rotateSecret(id) {
      const client = await store.find('clients', { id })
      if (client === undefined)
        throw new WarderError('no_such_client', `There is no client “${id}”.`)
      if (client.secretHash === null) {
        throw new WarderError('no_secret', `“${id}” has no secret: it is public, or signs instead.`)
      }
      const { secret, secretHash } = newSecret(id)
      const changed = event('client.changed', { clientId: id, reason: 'secret rotated' })
      await store.write([update('clients', { id }, { secretHash })], [changed])
      return { client: { ...client, secretHash }, secret }
    },
    async verify(id) {
      if (isClientIdUrl(id)) {
        throw new WarderError(
          'client_is_document',
          'A client that is a document is vouched for by its host: set server.clientDocuments.hosts to { "HOST": "allow" }.',
        )
      }
      const changed = event('client.changed', { clientId: id, reason: 'verified' })
      const vouch = update('clients', { id }, { verifiedAt: platform.now() })
      if (await store.write([vouch], [changed])) return
      throw new WarderError('no_such_client', `There is no client “${id}”.`)
    },
    async remove(id) {
      // A document is not ours to remove, but what was granted to its client is.
      const isKnown = isClientIdUrl(id) || (await store.find('clients', { id })) !== undefined
      if (!isKnown) return false
      const changed = event('client.changed', { clientId: id, reason: 'removed' })
      return store.write(removal(id, platform.now()), [changed])
    },
  }
}

/** Rows read at a time. */
const PAGE = 500

async function listAll(store: Store): Promise<readonly StoredClient[]> {
  const all: StoredClient[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const page = await store.list(
      'clients',
      {},
      { limit: PAGE, ...(after === undefined ? {} : { after }) },
    )
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/** Grants die with the client they were given to, and so does what it got for itself. */
function removal(id: string, now: number): readonly Change[] {
  return [
    removeAll('clients', { id }),
    removeAll('clientDocuments', { id }),
    removeAll('consents', { clientId: id }),
    removeAll('authorizationCodes', { clientId: id }),
    removeAll('deviceCodes', { clientId: id }),
    revokeFamilies({ clientId: id }, 'client removed', now),
    ...revokeClient(id, now),
  ]
}

function describe(client: NewClient, options: ClientAdministrationOptions): StoredClient {
  const { platform, allowLocalhost } = options
  const id = client.id ?? `cli_${randomToken(platform, 16)}`
  if (isClientIdUrl(id) || !CLIENT_ID.test(id)) {
    throw new OAuthError(
      'invalid_client_metadata',
      'A client id is 1 to 100 letters, digits, dots, dashes or underscores, and not a URL.',
    )
  }
  const metadata = parseClientMetadata(client.metadata, {
    allowLocalhost,
    registration: 'administrator',
  })
  if (metadata.grant_types.length === 0 && client.resources === null) {
    throw new OAuthError(
      'invalid_client_metadata',
      'A client without grants is a resource server: name its resources.',
    )
  }
  return {
    id,
    registration: 'administrator',
    metadata,
    secretHash: null,
    fingerprint: null,
    resources: client.resources,
    createdAt: platform.now(),
    usedAt: null,
    verifiedAt: platform.now(),
    disabledAt: null,
    expiresAt: null,
  }
}

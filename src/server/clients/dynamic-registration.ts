/**
 * Dynamic registration: a client introduces itself.
 *
 * For compatibility: MCP prefers metadata documents. Registering the same public client again gives
 * the same client, so that a client that forgets itself at every start leaves one row and not a
 * thousand. A client with a secret is always new, because a secret is shown once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 | RFC 7591 §3}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { randomToken } from '../../platform.ts'
import { type ClientMetadata, metadataFingerprint } from '../../protocol/client-metadata.ts'
import { type Change, insert, update, updateAll } from '../../store/store.ts'
import type { StoredClient } from '../../store/tables.ts'
import { Secret, secretPrefixes } from '../../vault/index.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import type { Client } from './client.ts'

/** A registered client, and its secret if it has one; it is not kept and not shown again. */
export interface Registered {
  readonly client: StoredClient
  readonly secret: Secret<string> | null
}

/**
 * Registers a client from metadata that was already parsed.
 *
 * @throws {OAuthError} `temporarily_unavailable` (429) if too many like it came, `invalid_client_metadata`
 * if an administrator disabled this very client.
 */
export async function registerDynamically(
  metadata: ClientMetadata,
  exchange: Exchange,
  context: ServerContext,
): Promise<Registered> {
  const fingerprint = await metadataFingerprint(metadata)
  await checkRate(context.limits.registrationFingerprint, fingerprint)
  if (metadata.token_endpoint_auth_method !== 'none')
    return create(metadata, null, exchange, context)
  const known = await renew(fingerprint, context)
  if (known !== undefined) return { client: known, secret: null }
  return create(metadata, fingerprint, exchange, context)
}

/** The same client as before, with a new lease. */
async function renew(
  fingerprint: string,
  context: ServerContext,
): Promise<StoredClient | undefined> {
  const { store, platform, settings } = context
  const known = await store.find('clients', { fingerprint })
  if (known === undefined) return undefined
  if (known.disabledAt !== null) {
    throw new OAuthError('invalid_client_metadata', 'This client was disabled by an administrator.')
  }
  const expiresAt = Math.max(
    known.expiresAt ?? 0,
    platform.now() + settings.registration.unusedFor * 1000,
  )
  const renewed = await store.write([
    update('clients', { id: known.id, disabledAt: null }, { expiresAt }),
  ])
  return renewed ? { ...known, expiresAt } : undefined
}

async function create(
  metadata: ClientMetadata,
  fingerprint: string | null,
  exchange: Exchange,
  context: ServerContext,
): Promise<Registered> {
  const { store, platform, vault, settings } = context
  const id = `dyn_${randomToken(platform, 16)}`
  const isPublic = metadata.token_endpoint_auth_method === 'none'
  const made = `${secretPrefixes.clientSecret}${randomToken(platform)}`
  const now = platform.now()
  const client: StoredClient = {
    id,
    registration: 'dynamic',
    metadata,
    secretHash: isPublic ? null : vault.hash('client_secret', id, made),
    fingerprint,
    resources: null,
    createdAt: now,
    usedAt: null,
    verifiedAt: null,
    disabledAt: null,
    expiresAt: now + settings.registration.unusedFor * 1000,
  }
  const event = exchange.event('client.registered', { clientId: id, source: exchange.source })
  const secret = isPublic ? null : new Secret(made)
  if (await store.write([insert('clients', client)], [event])) return { client, secret }
  // Another request registered the same metadata in between.
  const known = fingerprint === null ? undefined : await store.find('clients', { fingerprint })
  if (known === undefined) {
    throw new OAuthError('temporarily_unavailable', 'The registration was not stored. Try again.')
  }
  return { client: known, secret: null }
}

/** How often a use is written down at most. */
const DAY = 86_400_000

/**
 * The changes that prolong a dynamic client's life because it is used. They belong into the write of
 * what it uses, so that neither happens without the other; mostly they find nothing to change.
 */
export function noteUse(client: Client, { platform, settings }: ServerContext): readonly Change[] {
  if (client.registration !== 'dynamic') return []
  const now = platform.now()
  const life = settings.registration.usedFor * 1000
  const used = { usedAt: now, expiresAt: now + life }
  const longAgo = { atMost: now - Math.min(DAY, life / 2) }
  return [
    updateAll('clients', { id: client.id, usedAt: null }, used),
    updateAll('clients', { id: client.id, usedAt: longAgo }, used),
  ]
}

/**
 * The public keys of clients that sign: registered as they are, or as the address of a set.
 *
 * An address is fetched as documents are, by the outward fetch, and as seldom as a guard fetches its
 * issuer's keys: a set is kept for minutes, and for an hour while its host is away.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 | RFC 7591 §2} on `jwks` and `jwks_uri`
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { type EventSink, eventMaker } from '../../events.ts'
import { createBoundedMemory } from '../../limits/index.ts'
import { newCorrelationId, type Platform } from '../../platform.ts'
import type { ClientMetadata } from '../../protocol/client-metadata.ts'
import { clientSigningAlgorithms } from '../../protocol/client-signing.ts'
import { parseJson } from '../../protocol/json.ts'
import { importVerificationKey } from '../../protocol/jwk.ts'
import { createKeySet, type KeySet } from '../../protocol/key-set.ts'
import type { OutwardFetch } from '../../protocol/outward-fetch.ts'
import type { Client } from './client.ts'

/** What verifies the signatures of a client. */
export interface KeysOfClient {
  readonly algorithms: readonly string[]
  /** Throws {@link OAuthError} `temporarily_unavailable` if the keys cannot be had. */
  readonly keys: KeySet
}

/** The keys of all clients. */
export interface ClientKeys {
  of(client: Client): KeysOfClient
}

/** What finding keys leans on. */
export interface ClientKeysContext {
  readonly platform: Platform
  readonly outwardFetch: OutwardFetch
  readonly onEvent: EventSink
}

/** Clients whose keys are kept; those of others are imported or fetched again. */
const REMEMBERED = 1_000

/** A set larger than this is refused. */
const MAX_BYTES = 65_536

/** Makes the keeper of clients' keys. */
export function createClientKeys(context: ClientKeysContext): ClientKeys {
  const known = createBoundedMemory<KeysOfClient>(REMEMBERED)
  return {
    of(client) {
      const { id, metadata } = client
      const { jwks_uri: uri, jwks, token_endpoint_auth_signing_alg: alg } = metadata
      // What is registered is part of the name, so that a change of it is a change of keys.
      const name = JSON.stringify([id, alg, uri, jwks])
      const found = known.get(name) ?? make(client, context)
      known.set(name, found)
      return found
    },
  }
}

function make({ id, metadata }: Client, context: ClientKeysContext): KeysOfClient {
  const { platform, outwardFetch, onEvent } = context
  const { jwks_uri: uri, jwks } = metadata
  const algorithms = algorithmsOf(metadata)
  const keys = createKeySet({
    load: async () => (uri === undefined ? jwks : fetchKeys(uri, outwardFetch)),
    algorithms,
    now: () => platform.now(),
    onExposed(keyId = '(no kid)') {
      const event = eventMaker(platform, newCorrelationId(platform))
      onEvent(event('key.exposed', { clientId: id, keyId }))
    },
  })
  return { algorithms, keys }
}

const algorithmsOf = ({ token_endpoint_auth_signing_alg: alg }: ClientMetadata) =>
  alg === undefined ? clientSigningAlgorithms : [alg]

async function fetchKeys(uri: string, outwardFetch: OutwardFetch): Promise<unknown> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const { status, body } = await outwardFetch(uri, { maxBytes: MAX_BYTES, headers })
  if (status !== 200) throw new Error(`${uri} answered ${status}; redirects are not followed`)
  return parseJson(body)
}

/**
 * Refuses a client whose registered keys could not verify what it signs.
 *
 * @throws {OAuthError} `invalid_client_metadata`
 */
export async function checkClientKeys(metadata: ClientMetadata): Promise<void> {
  const algorithms = algorithmsOf(metadata)
  for (const [index, jwk] of (metadata.jwks?.keys ?? []).entries()) {
    if ((await importVerificationKey(jwk, algorithms)) !== undefined) continue
    throw new OAuthError(
      'invalid_client_metadata',
      `Key ${index + 1} of jwks cannot be used: it must be a sound public key for signatures, and say in alg for which of ${algorithms.join(', ')} if several fit.`,
    )
  }
}

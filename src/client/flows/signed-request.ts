/**
 * Authorization requests that the client signs, where the server reads such: then nobody on the way, the
 * user's browser included, can change what is asked for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9101 | RFC 9101}
 * @module
 */

import { issueRequestObject } from 'oauth4webapi'
import { importSigningKey, type PrivateKeyJwtOptions } from '../client-auth/private-key-jwt.ts'
import { libraryClient } from '../library.ts'
import type { Party } from '../party.ts'

type Parameters = Readonly<Record<string, string>>

/** The request as a signed object and its bearer's name; as it was, if the server reads none. */
export async function signedRequest(
  party: Party,
  parameters: Parameters,
  key: PrivateKeyJwtOptions | undefined,
): Promise<Parameters> {
  const { metadata } = party.server
  const isRead =
    metadata.require_signed_request_object === true ||
    metadata.request_object_signing_alg_values_supported !== undefined
  if (key === undefined || !isRead) return parameters
  const client = libraryClient(party)
  const signing = await importSigningKey(key)
  const request = await issueRequestObject(metadata, client, { ...parameters }, signing)
  return { client_id: party.clientId, request }
}

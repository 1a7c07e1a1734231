/**
 * What this server is and where its endpoints are.
 *
 * One document under both names, at the inserted and the appended path, because clients look in all
 * of these places. Every member comes from the endpoint that stands behind it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata}
 * @module
 */

import {
  type AuthorizationServerMetadata,
  metadataPaths,
} from '../../protocol/authorization-server-metadata.ts'
import { identityScopes } from '../authorization/scopes.ts'
import type { ServerContext } from '../context.ts'
import { jsonDocument } from './document.ts'
import type { Endpoint } from './endpoint.ts'

/** The metadata documents of a server with these endpoints. */
export function metadata(context: ServerContext, endpoints: readonly Endpoint[]): Endpoint {
  const { keys } = context
  let published = keys.jwks()
  let document = describe(context, endpoints)
  const read = () => {
    const jwks = keys.jwks()
    if (jwks !== published) {
      published = jwks
      document = describe(context, endpoints)
    }
    return document
  }
  const { oauth, openid } = metadataPaths(context.issuer)
  return {
    name: 'metadata',
    paths: [...new Set([...oauth, ...openid])],
    methods: { GET: jsonDocument(read) },
    readers: 'programs',
    cors: true,
  }
}

function describe(
  { issuer, resources, settings, keys }: ServerContext,
  endpoints: readonly Endpoint[],
): AuthorizationServerMetadata {
  const scopes = [...identityScopes, ...resources.flatMap((resource) => resource.scopes)]
  return Object.assign(
    {
      issuer,
      scopes_supported: [...new Set(scopes.map(({ scope }) => scope))],
      subject_types_supported: ['public'],
      // Of the next key too: a change of algorithm is announced like a change of keys.
      id_token_signing_alg_values_supported: [
        ...new Set(keys.jwks().keys.flatMap(({ alg }) => alg ?? [])),
      ],
      client_id_metadata_document_supported: settings.clientDocuments.enabled,
      // RFC 8414 §3.2: claims with zero elements MUST be omitted.
      ...(resources.length === 0
        ? {}
        : { protected_resources: resources.map(({ resource }) => resource) }),
    },
    ...endpoints.map((endpoint) => endpoint.metadata),
  )
}

/**
 * What a protected resource says of itself, and where it says it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728 | RFC 9728}
 * @module
 */

/** Where the document of a resource without a path is; of the others, what their path begins with. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** The members of the document ({@link https://www.rfc-editor.org/rfc/rfc9728#section-2 | §2}). */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly string[]
  readonly resource_name?: string
  readonly dpop_signing_alg_values_supported?: readonly string[]
}

/** What the document of a resource is made from. */
export interface ProtectedResourceDescription {
  readonly resource: string
  readonly authorizationServers: readonly string[]
  readonly scopesSupported?: readonly string[]
  readonly resourceName?: string
  /** What proofs of possession may be signed with, where they are offered. */
  readonly dpopAlgorithms?: readonly string[]
}

/**
 * The document of a resource.
 *
 * `offline_access` is dropped: it asks the authorization server for something, never the resource.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-2 | RFC 9728 §2}
 */
export function protectedResourceMetadata(
  description: ProtectedResourceDescription,
): ProtectedResourceMetadata {
  const { resource, authorizationServers, scopesSupported, resourceName, dpopAlgorithms } =
    description
  const scopes = scopesSupported?.filter((scope) => scope !== 'offline_access')
  return {
    resource,
    authorization_servers: [...authorizationServers],
    // §2 and §3.2: a member without values is omitted.
    ...(scopes === undefined || scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(resourceName === undefined ? {} : { resource_name: resourceName }),
    ...(dpopAlgorithms === undefined ? {} : { dpop_signing_alg_values_supported: dpopAlgorithms }),
  }
}

/** Where the document of a resource is: the well-known path inserted before the resource's own ({@link https://www.rfc-editor.org/rfc/rfc9728#section-3.1 | §3.1}). */
export function resourceMetadataUrl(resource: string): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${METADATA_PATH}${pathname === '/' ? '' : pathname}${search}`
}

/** The pathnames at which clients look for the document: the resource's own first, then the root. */
export function resourceMetadataPaths(resource: string): readonly string[] {
  return [...new Set([new URL(resourceMetadataUrl(resource)).pathname, METADATA_PATH])]
}

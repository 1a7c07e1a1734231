import { OAuthError } from '../errors.ts'
export interface ClientMetadata {
  readonly client_name: string
  readonly redirect_uris: readonly string[]
  readonly token_endpoint_auth_method: string
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly application_type: 'native' | 'web'
  readonly scope?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly contacts?: readonly string[]
  readonly software_id?: string
  readonly software_version?: string
}
export interface ClientMetadataPolicy {
  readonly allowLocalhost: boolean
  /** Whose word it is; an administrator's client may be more than one that registers itself. */
  readonly registration?: 'administrator' | 'dynamic' | 'document'
}
export function parseClientMetadata(input: unknown, _policy: ClientMetadataPolicy): ClientMetadata {
  throw new OAuthError('invalid_client_metadata', `not yet ${typeof input}`)
}
export async function metadataFingerprint(metadata: ClientMetadata): Promise<string> {
  return JSON.stringify(metadata)
}

/**
 * What the official SDK's `OAuthClientProvider` looks like, in both of its lines (v1 1.x and v2 2.x),
 * without depending on either.
 *
 * Types that the SDK is given are narrower than its own, types that it gives are wider; so one object is
 * good for both.
 *
 * @module
 */

/** Tokens as the SDK keeps them. Wire names. */
export interface SdkTokens {
  access_token: string
  token_type: string
  expires_in?: number | undefined
  scope?: string | undefined
  refresh_token?: string | undefined
  /** Who gave them: put there by the SDK. */
  issuer?: string | undefined
}

/** A client as the SDK knows it. Wire names. */
export interface SdkClientInformation {
  client_id: string
  client_secret?: string | undefined
  client_secret_expires_at?: number | undefined
  token_endpoint_auth_method?: string | undefined
  issuer?: string | undefined
}

/** What is registered where nothing but registration is left. Wire names. */
export interface SdkClientMetadata {
  redirect_uris: string[]
  client_name: string
  grant_types: string[]
  response_types: string[]
  application_type: 'native' | 'web'
}

/** The metadata of an authorization server, of which the SDK has made sure that these are there. */
export type SdkServerMetadata = {
  [member: string]: unknown
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  response_types_supported: string[]
}

/** What the SDK has found out about a server. */
export interface SdkDiscoveryState {
  authorizationServerUrl: string
  authorizationServerMetadata?: SdkServerMetadata
  resourceMetadata?: { [member: string]: unknown; resource: string }
  resourceMetadataUrl?: string
}

/** Which authorization server the SDK means; v1 does not say. */
export interface SdkContext {
  readonly issuer: string
}

/** What the SDK says is of no use any more. */
export type SdkCredentials = 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'

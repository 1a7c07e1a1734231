/**
 * The authorization server that the SDK has found, held to the rules that Warder's own discovery has.
 *
 * @module
 */

import { ClientError } from '../errors.ts'
import { checkPkce } from '../flows/authorization-code.ts'
import { shown } from '../outward-url.ts'
import { parseServerMetadata, type TrustedServer } from '../server.ts'
import type { OAuthClientProviderOptions } from './provider-options.ts'
import type { SdkDiscoveryState } from './sdk-types.ts'

/** A server, and for what it gives tokens. */
export interface SdkServer {
  readonly server: TrustedServer
  /** The resource indicator, byte for byte as the resource says it. */
  readonly resource: string
}

/**
 * Checks what the SDK has found.
 *
 * @throws {ClientError} `metadata_refused` if the resource or the server is another than it should be, or
 * cannot be trusted with a sign-in.
 */
function trustSdkServer(
  { authorizationServerUrl, authorizationServerMetadata, resourceMetadata }: SdkDiscoveryState,
  options: OAuthClientProviderOptions,
): SdkServer {
  const { server: asked, legacy = {} } = options
  const resource = resourceMetadata?.resource
  if (resource === undefined && legacy.undescribedResource !== true) {
    throw refusal('It does not say who gives tokens for it.', `no resource metadata of ${asked}`)
  }
  if (resource !== undefined && !isAbout(resource, asked)) {
    throw refusal('Its document is about another address. Use the one it names.', shown(resource))
  }
  // Where nothing was said, the SDK has made up an address from the origin; its slash means nothing.
  const issuer =
    resource === undefined ? new URL(authorizationServerUrl).origin : authorizationServerUrl
  const server = parseServerMetadata(authorizationServerMetadata, issuer)
  if (options.issuer !== undefined && options.issuer !== server.issuer) {
    throw new ClientError('server_changed', 'Name it as the issuer if it is right.', {
      detail: `${asked} names ${server.issuer} instead of ${options.issuer}`,
    })
  }
  if (options.flow === undefined) checkPkce({ server }, legacy.pkceNotAdvertised === true)
  return { server, resource: resource ?? asked }
}

/** RFC 9728 §3.3: the very address, or the whole origin where the document stands at its root. */
function isAbout(resource: string, asked: string): boolean {
  const { origin } = new URL(asked)
  return resource === asked || resource === origin || resource === `${origin}/`
}

const refusal = (advice: string, detail: string) =>
  new ClientError('metadata_refused', advice, { detail })

/** Remembers which server the SDK is dealing with. */
export interface SdkServerMemory {
  /** @throws {ClientError} `metadata_refused` or `server_changed` if it is another than it should be. */
  set(state: SdkDiscoveryState): SdkServer
  known(): SdkServer | undefined
  /** @throws {ClientError} `metadata_refused` if the SDK has not looked for it. */
  current(): SdkServer
  state(): SdkDiscoveryState
  forget(): void
}

/** Makes the memory of one provider. */
export function sdkServerMemory(options: OAuthClientProviderOptions): SdkServerMemory {
  let found: { readonly state: SdkDiscoveryState; readonly trusted: SdkServer } | undefined
  const present = () => {
    if (found !== undefined) return found
    throw refusal('Let the SDK look for it first.', 'saveDiscoveryState was not called')
  }
  return {
    set(state) {
      const trusted = trustSdkServer(state, options)
      found = { state, trusted }
      return trusted
    },
    known: () => found?.trusted,
    current: () => present().trusted,
    state: () => present().state,
    forget() {
      found = undefined
    },
  }
}

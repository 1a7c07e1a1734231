/**
 * Signing requests.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3 | RFC 5849 §3}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { type Platform, systemPlatform } from '../../platform.ts'
import { signatureBaseString } from '../../protocol/oauth1/base-string.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { signBaseString } from '../../protocol/oauth1/signature.ts'
import { isSignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import { type AddressOptions, addressRules } from './address-rules.ts'
import {
  type OAuth1ConsumerCredentials,
  type OAuth1TokenCredentials,
  signingKeys,
} from './credentials.ts'
import { type Placement, place } from './placement.ts'
import { formParameters, hashToSign, queryParameters } from './signed-content.ts'
import type { WholeRequest } from './whole-request.ts'

/** How requests are signed. */
export interface OAuth1SigningOptions extends AddressOptions {
  readonly consumer: OAuth1ConsumerCredentials
  /** Where the signature goes: `header` unless told. `form` is the header where there is no form. */
  readonly placement?: Placement
  /** For the header. It is not signed. */
  readonly realm?: string
  /** Whether a body that is not a form is signed by its hash; it is unless told. */
  readonly bodyHash?: boolean
  /** Sends `oauth_version`, for services that insist on it. */
  readonly version?: '1.0'
  /** Makes nonces, for services that are particular about them; 32 hexadecimal digits unless told. */
  readonly nonce?: () => string
  readonly platform?: Platform
}

/** What a signature says besides what is in the request. */
export interface Signing {
  readonly token?: OAuth1TokenCredentials | undefined
  /** `oauth_callback` or `oauth_verifier`. */
  readonly parameters?: readonly Parameter[]
  /** How far the server's clock is ahead, in seconds. */
  readonly clockOffset?: number
}

/** Signs a request. */
export type Sign = (request: WholeRequest, signing: Signing) => Promise<WholeRequest>

/**
 * Makes the function that signs for one consumer.
 *
 * @throws {ConfigError} if an option is wrong.
 */
export function signer(options: OAuth1SigningOptions): Sign {
  const { consumer, signatureMethod: method, placement = 'header', realm } = options
  if (!isSignatureMethod(method)) {
    throw new ConfigError('signatureMethod', 'must be the name of a signature method.')
  }
  const addressOf = addressRules(options)
  const keyFor = signingKeys(consumer, method)
  const hashes = options.bodyHash ?? true

  return async (request, signing) => {
    const { uri, query } = addressOf(request.url)
    const hash = hashes ? await hashToSign(method, request) : undefined
    const parameters: readonly Parameter[] = [
      ['oauth_consumer_key', consumer.key],
      ...optional('oauth_token', signing.token?.token),
      ['oauth_signature_method', method],
      ...onceOf(options, signing),
      ...(signing.parameters ?? []),
      ...optional('oauth_body_hash', hash),
      ...optional('oauth_version', options.version),
    ]
    const covered = [...queryParameters(query), ...parameters, ...formParameters(request)]
    const baseString = signatureBaseString({ method: request.method, uri, parameters: covered })
    const signature = await signBaseString(method, baseString, await keyFor(signing.token))
    return place(request, placement, {
      parameters: [...parameters, ['oauth_signature', signature]],
      realm,
    })
  }
}

const optional = (name: string, value: string | undefined): readonly Parameter[] =>
  value === undefined ? [] : [[name, value]]

/** What makes a signature good once; PLAINTEXT does not cover it ({@link https://www.rfc-editor.org/rfc/rfc5849#section-3.1 | RFC 5849 §3.1}). */
function onceOf(options: OAuth1SigningOptions, { clockOffset = 0 }: Signing): readonly Parameter[] {
  const { signatureMethod, platform = systemPlatform } = options
  if (signatureMethod === 'PLAINTEXT') return []
  const timestamp = Math.floor(platform.now() / 1000) + clockOffset
  const nonce = options.nonce ?? (() => Buffer.from(platform.random(16)).toString('hex'))
  return [
    ['oauth_timestamp', String(timestamp)],
    ['oauth_nonce', nonce()],
  ]
}

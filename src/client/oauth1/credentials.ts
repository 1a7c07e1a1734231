/**
 * The three pairs of OAuth 1.0, a name and a secret each: those of the consumer, the temporary ones of
 * one authorization, and those of a token.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-1.1 | RFC 5849 §1.1}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { importRsaKey } from '../../protocol/oauth1/rsa-key.ts'
import { sharedSecrets } from '../../protocol/oauth1/signature.ts'
import { needsRsaKey, type SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { Secret } from '../../vault/secret.ts'

/** A secret; as a text where it comes from a place that knows no other. */
export type SecretText = string | Secret<string>

/** Who signs: what the service gave when the application was registered. */
export type OAuth1ConsumerCredentials = { readonly key: string } & (
  | { readonly secret: SecretText; readonly privateKey?: never }
  /** An RSA key of at least 2048 bits, as PEM (PKCS #8). */
  | { readonly privateKey: SecretText; readonly secret?: never }
)

/** For whom: what the service gave when a user had agreed. */
export interface OAuth1TokenCredentials {
  readonly token: string
  readonly secret: SecretText
}

/** What stands for one authorization until the user comes back. Keep it in that user's session. */
export interface OAuth1TemporaryCredentials {
  readonly token: string
  readonly secret: Secret<string>
}

/** The credentials of a token, as the service gave them. */
export interface GivenTokenCredentials {
  readonly token: string
  readonly secret: Secret<string>
  /** What else the answer says, such as `user_id`. It does not print. */
  readonly others: Parameters
}

/** The key that signs for a token, or for none. */
export type SigningKeys = (token: OAuth1TokenCredentials | undefined) => Promise<string | CryptoKey>

/**
 * Makes the function that finds the key of a signature.
 *
 * @throws {ConfigError} if the consumer has not what the method needs.
 */
export function signingKeys(
  consumer: OAuth1ConsumerCredentials,
  method: SignatureMethod,
): SigningKeys {
  const { secret, privateKey } = consumer
  if (needsRsaKey(method)) {
    if (privateKey === undefined) throw new ConfigError('consumer', `${method} needs a privateKey.`)
    let key: Promise<CryptoKey> | undefined
    return () => {
      key ??= importRsaKey(method, revealed(privateKey))
      return key
    }
  }
  if (secret === undefined) throw new ConfigError('consumer', `${method} needs a secret.`)
  return async (token) =>
    sharedSecrets(revealed(secret), token === undefined ? '' : revealed(token.secret))
}

const revealed = (secret: SecretText): string =>
  typeof secret === 'string' ? secret : secret.reveal('signing a request')

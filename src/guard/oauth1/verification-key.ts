/**
 * What a signature is verified with: the keys of whoever is said to have signed, or others that take
 * as long, so that the time does not tell which consumers and tokens there are.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.2 | RFC 5849 §3.2}
 * @module
 */

import type { Platform } from '../../platform.ts'
import { encodeBase64 } from '../../protocol/base64.ts'
import { importRsaKey } from '../../protocol/oauth1/rsa-key.ts'
import { sharedSecrets } from '../../protocol/oauth1/signature.ts'
import { needsRsaKey, type SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import type { Secret } from '../../vault/secret.ts'
import type { OAuth1Consumer, OAuth1Token } from './parties.ts'

/** Who is said to have signed, and how. */
export interface Signer {
  readonly method: SignatureMethod
  readonly consumer: OAuth1Consumer | undefined
  readonly token: OAuth1Token | undefined
}

/** A key, and if it is not the signer's, why. */
export interface VerificationKey {
  readonly key: string | CryptoKey
  /** Why nothing that the key verifies counts. */
  readonly fault?: string
}

/** Makes the function that finds the key of a signer. */
export function verificationKeys(
  platform: Pick<Platform, 'random'>,
): (signer: Signer) => Promise<VerificationKey> {
  const decoy = { publicKey: randomPublicKey(platform), secret: encodeBase64(platform.random(32)) }

  const decoyFor = async (method: SignatureMethod, fault: string): Promise<VerificationKey> => {
    const key = needsRsaKey(method)
      ? await importRsaKey(method, decoy.publicKey)
      : sharedSecrets(decoy.secret, decoy.secret)
    return { key, fault }
  }

  return async ({ method, consumer, token }) => {
    if (consumer === undefined) return decoyFor(method, 'no such consumer')
    const { methods, secret, publicKey } = consumer
    if (!methods.includes(method))
      return decoyFor(method, `the consumer does not sign with ${method}`)
    if (needsRsaKey(method)) {
      if (publicKey === undefined) return decoyFor(method, 'the consumer has no public key')
      try {
        return { key: await importRsaKey(method, publicKey) }
      } catch (cause) {
        return decoyFor(method, `the consumer's key cannot be used: ${String(cause)}`)
      }
    }
    const consumerSecret = secret === undefined ? '' : revealed(secret)
    if (consumerSecret === '') return decoyFor(method, 'the consumer has no secret')
    // Whatever the types say, texts from a database are only texts.
    if (consumerSecret.includes('PUBLIC KEY---'))
      return decoyFor(method, 'the secret is a public key')
    return { key: sharedSecrets(consumerSecret, token === undefined ? '' : revealed(token.secret)) }
  }
}

const revealed = (secret: string | Secret<string>): string =>
  typeof secret === 'string' ? secret : secret.reveal('verifying the signature of a request')

/** The DER form of an RSA public key of 2048 bits, up to its modulus. */
const SPKI_START = 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA'
const EXPONENT_65537 = [2, 3, 1, 0, 1]

/** A key that nobody has the other half of: its modulus is a number of chance. */
function randomPublicKey({ random }: Pick<Platform, 'random'>): string {
  const modulus = random(256)
  const first = modulus[0] ?? 0
  const last = modulus[255] ?? 0
  const odd = [first | 0x80, ...modulus.subarray(1, 255), last | 1]
  const rest = encodeBase64(Uint8Array.from([...odd, ...EXPONENT_65537]))
  return `-----BEGIN PUBLIC KEY-----\n${SPKI_START}${rest}\n-----END PUBLIC KEY-----`
}

/**
 * Which addresses a request may be signed for.
 *
 * A signature tells nobody the secrets, but PLAINTEXT is the secrets: it goes to the service alone, and
 * over TLS.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.4 | RFC 5849 §3.4.4}
 * @module
 */

import { ConfigError, OAuthError } from '../../errors.ts'
import { parseRequestAddress, type RequestAddress } from '../../protocol/oauth1/base-string.ts'
import type { SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import { ClientError } from '../errors.ts'
import { checkOutwardUrl, shown } from '../outward-url.ts'
import { withoutQuery } from '../trace.ts'

/** What the rules follow from. */
export interface AddressOptions {
  /** As the service demands. PLAINTEXT is used over TLS only, and at `apiOrigins` only. */
  readonly signatureMethod: SignatureMethod
  /** The only origins to sign for, besides those of the endpoints; any unless told. */
  readonly apiOrigins?: readonly string[]
  /** Needed to get tokens; signing does without. */
  readonly endpoints?: OAuth1Endpoints
}

/** Where a service has its three endpoints ({@link https://www.rfc-editor.org/rfc/rfc5849#section-2 | RFC 5849 §2}). */
export interface OAuth1Endpoints {
  readonly temporaryCredentialRequest: string
  readonly resourceOwnerAuthorization: string
  readonly tokenRequest: string
}

/**
 * Makes the function that takes the address of a request apart, and throws {@link ClientError}
 * `url_refused` if nothing may be signed for it.
 *
 * @throws {ClientError} `url_refused` if an endpoint is neither https nor on this machine.
 * @throws {ConfigError} if an origin is none.
 */
export function addressRules(options: AddressOptions): (url: string) => RequestAddress {
  const { signatureMethod, apiOrigins } = options
  const isPlaintext = signatureMethod === 'PLAINTEXT'
  const origins = new Set([...endpointOrigins(options), ...(apiOrigins ?? []).map(originOf)])
  const isAnywhere = apiOrigins === undefined && !isPlaintext

  return (url) => {
    if (isPlaintext && !/^https:/i.test(url)) refuse(url, 'PLAINTEXT needs https.')
    if (!isAnywhere && !origins.has(new URL(url).origin)) {
      refuse(url, 'Name its origin in apiOrigins if requests to it are to be signed.')
    }
    try {
      return parseRequestAddress(url)
    } catch (cause) {
      if (!(cause instanceof OAuthError)) throw cause
      return refuse(url, 'Only http and https addresses can be signed.', cause)
    }
  }
}

const endpointOrigins = ({ endpoints }: AddressOptions): readonly string[] =>
  Object.entries(endpoints ?? {}).map(([what, url]) => {
    // §2.1, §2.3: secrets come back from there in the clear.
    return checkOutwardUrl(url, { what, code: 'url_refused' }).origin
  })

function originOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).origin
  throw new ConfigError('apiOrigins', `must be URLs, which ${shown(url)} is not.`)
}

function refuse(url: string, advice: string, cause?: unknown): never {
  throw new ClientError('url_refused', advice, { detail: shown(withoutQuery(url)), cause })
}

/**
 * Requests signed with OAuth 1.0.
 *
 * A good signature proves who asks, what they ask for, and in a form what they say. Whether it is
 * the first time is asked last, so that nobody can use up the nonce of another.
 *
 * Left out on purpose: parameters in a form or the query (RFC 5849 §3.5.2, §3.5.3), and handing out
 * credentials (§2); what hands them out today does OAuth 2.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3 | RFC 5849 §3}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { ReplayCache } from '../../limits/replays/replay-cache.ts'
import { parseRequestAddress, signatureBaseString } from '../../protocol/oauth1/base-string.ts'
import { verifySignature } from '../../protocol/oauth1/signature.ts'
import { createNonces } from '../oauth1/nonces.ts'
import type { OAuth1Consumer, OAuth1Token } from '../oauth1/parties.ts'
import { refuseExpired, refuseMethod, refuseSignature } from '../oauth1/problem.ts'
import { type ProtocolParameters, parseProtocolParameters } from '../oauth1/protocol-parameters.ts'
import { queryParameters, signedBody } from '../oauth1/request-parameters.ts'
import { verificationKeys } from '../oauth1/verification-key.ts'
import type { Presented } from '../presented.ts'
import { type GuardRequest, isEncrypted, type Visit } from '../request.ts'
import type { CredentialKind, Identity } from './credential.ts'

export type { OAuth1Access, OAuth1Consumer, OAuth1Token } from '../oauth1/parties.ts'

/** Whose signatures are accepted, and how they are checked. */
export interface OAuth1Options {
  /** The consumer of a key; nothing if there is none. */
  readonly consumer: (key: string) => Found<OAuth1Consumer>
  /** The token of a name; nothing if there is none. Asked for whether or not there is such a consumer. */
  readonly token?: (name: string, consumerKey: string) => Found<OAuth1Token>
  /**
   * What remembers the nonces that were used; this process unless told, which lets in 100 000 requests
   * in their time. Processes that guard one resource must share one, or a request is good once in each.
   */
  readonly replays?: ReplayCache
  /** How far a timestamp may be from the time of the server, in seconds; 300 unless told. */
  readonly timestampWindow?: number
  /** Accepts PLAINTEXT, over TLS only, from the consumers that may use it; unless told, nobody may. */
  readonly plaintext?: boolean
  /** Whether a body that is not a form must be signed by its hash. One that is sent is always checked. */
  readonly bodyHash?: 'required'
  /**
   * The address that callers signed, with its query, where it is not the origin of the resource with
   * path and query of the request: a proxy that takes away a part of the path, plain http.
   */
  readonly url?: (request: GuardRequest) => string
}

type Found<T> = Promise<T | undefined> | T | undefined

/**
 * Accepts requests that are signed with OAuth 1.0.
 *
 * A form is signed with the rest: hand its bytes to `guard.check` as `connection.body`, or requests
 * with forms are refused.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.2 | RFC 5849 §3.2}
 */
export function oauth1(options: OAuth1Options): CredentialKind {
  const { replays, timestampWindow: window = 300, plaintext = false } = options
  if (typeof options.consumer !== 'function') {
    throw new ConfigError('consumer', 'must be a function that finds a consumer.')
  }
  return {
    name: 'oauth1',
    create({ resource, platform }) {
      const nonces = createNonces({ platform, window, replays })
      const keyOf = verificationKeys(platform)
      const addressOf = options.url ?? belowOrigin(resource)
      const hashIsRequired = options.bodyHash === 'required'

      /** Whom the signature is of, the first time or not. */
      const signerOf = async (sent: ProtocolParameters, visit: Visit): Promise<Identity> => {
        const { uri, query } = parseRequestAddress(addressOf(visit.request))
        const inQuery = queryParameters(query)
        const body = await signedBody(visit, sent, hashIsRequired)

        const parties = await findParties(sent, options)
        const { key, fault } = await keyOf({ method: sent.method, ...parties })
        const { method } = visit.request
        const parameters = [...inQuery, ...sent.all, ...body.parameters]
        const baseString = signatureBaseString({ method, uri, parameters })
        // Whatever else is wrong, so that every refusal takes the time of a wrong signature.
        const isGood = await verifySignature(sent.method, { ...sent, baseString }, key)

        if (fault !== undefined) return refuseSignature(fault)
        const identity = identityOf(sent, parties, resource)
        if (!body.isAsHashed) return refuseSignature('oauth_body_hash is not that of the body')
        if (!isGood) return refuseSignature(`not the signature of ${method} ${uri}`)
        const { expiresAt } = identity
        if (expiresAt !== undefined && expiresAt <= platform.now()) return refuseExpired()
        return identity
      }

      return {
        scheme: 'OAuth',
        challenge: { realm: resource },
        async verify(presented, visit) {
          if (!isSigned(presented)) return undefined
          const sent = parseProtocolParameters(presented.credentials)
          if (sent.once === undefined) checkPlaintext(visit, plaintext)
          else nonces.checkTimestamp(sent.once)
          const identity = await signerOf(sent, visit)
          await nonces.claim(sent)
          return identity
        },
        async recheck(presented, visit) {
          if (!isSigned(presented)) return undefined
          return signerOf(parseProtocolParameters(presented.credentials), visit)
        },
      }
    },
  }
}

const isSigned = ({ in: place, scheme }: Presented) =>
  place === 'authorization' && scheme === 'oauth'

/** {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.4 | RFC 5849 §3.4.4} */
function checkPlaintext(visit: Visit, plaintext: boolean): void {
  if (!plaintext) refuseMethod('PLAINTEXT is not switched on')
  if (!isEncrypted(visit)) refuseMethod('PLAINTEXT over a connection that is not encrypted')
}

/** The address of a request as callers see it, whatever its `Host` and proxies made of it. */
function belowOrigin(resource: string): (request: GuardRequest) => string {
  const { origin } = new URL(resource)
  return ({ url }) => origin + url.replace(/^\w+:\/\/[^/?#]*/, '')
}

interface Parties {
  readonly consumer: OAuth1Consumer | undefined
  readonly token: OAuth1Token | undefined
}

/** Looks both up at once, so that the time does not tell which of them is missing. */
async function findParties(
  { consumerKey, token: name }: ProtocolParameters,
  options: OAuth1Options,
): Promise<Parties> {
  const [consumer, token] = await Promise.all([
    options.consumer(consumerKey),
    name === undefined ? undefined : options.token?.(name, consumerKey),
  ])
  return { consumer, token }
}

/**
 * Whom a request stands for, if its signature is good. A consumer that signs with a key signs
 * without the secret of the token, so its tokens are told from those of others by their owner alone.
 *
 * @throws {OAuthError} `invalid_token` if the token is not there, or is that of another.
 */
function identityOf(
  { consumerKey, token: name }: ProtocolParameters,
  { consumer, token }: Parties,
  issuer: string,
): Identity {
  if (name !== undefined && token === undefined) return refuseSignature('no such token')
  if (token !== undefined && token.consumerKey !== consumerKey) {
    return refuseSignature(`the token belongs to ${token.consumerKey}`)
  }
  const access = token ?? consumer?.itself
  if (access === undefined) return refuseSignature('no token, and the consumer needs one')
  const { subject, scopes = [], roles = [] } = access
  return {
    ...{ subject, clientId: consumerKey, issuer },
    // The application's own lists, which no handler may change for the next request.
    scopes: [...scopes],
    roles: [...roles],
    credentialId: name ?? consumerKey,
    ...(token?.expiresAt === undefined ? {} : { expiresAt: token.expiresAt }),
    claims: {},
  }
}

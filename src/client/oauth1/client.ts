/**
 * A client of services that still speak OAuth 1.0a: it gets credentials and signs requests.
 *
 * Left out on purpose: keeping tokens. They do not end by themselves, are never renewed, and belong to
 * one user each: keep them with that user, sealed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849 | RFC 5849}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { systemPlatform } from '../../platform.ts'
import { needsRsaKey } from '../../protocol/oauth1/signature-method.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import { type Trace, tracer } from '../trace.ts'
import { createTransport, type Fetch } from '../transport.ts'
import {
  type AuthorizationAnswer,
  authorizationSteps,
  type StartedAuthorization,
} from './authorization.ts'
import type { GivenTokenCredentials, OAuth1TokenCredentials } from './credentials.ts'
import { serverClocks } from './server-clocks.ts'
import { signedFetch } from './signed-fetch.ts'
import { type OAuth1SigningOptions, signer } from './signer.ts'
import { readWhole, toSend } from './whole-request.ts'

/** Who signs, how, and at which service. */
export interface OAuth1ClientOptions extends OAuth1SigningOptions {
  /** Whether `fetch` follows redirects within an origin, signing each anew; none unless told. */
  readonly redirects?: 'refused' | 'same-origin'
  /** The platform's unless told. */
  readonly fetch?: Fetch
  readonly timers?: Timers
  /** Is told of each step of an authorization. */
  readonly trace?: Trace
}

/** Signs for a token, or for the consumer itself. */
export interface OAuth1Signer {
  /**
   * Signs a request, which stays to be used. What it answers is good once, and not redirected.
   *
   * @throws {ClientError} `url_refused` if the address must not be called with this method.
   * @throws {TypeError} if query or form cannot be signed.
   * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3 | RFC 5849 §3}
   */
  sign(request: Request): Promise<Request>
  /**
   * The `fetch` of the platform, signed. A body is read to its end before it is sent. If the service
   * says that the time is wrong, its own time is taken and the request sent once more. Redirects are
   * handed back.
   *
   * @throws {ClientError} as `sign` does, and what the `fetch` of the platform throws.
   */
  readonly fetch: Fetch
}

/** A client at one service. By itself it signs without a token. */
export interface OAuth1Client extends OAuth1Signer {
  /**
   * Begins an authorization.
   *
   * @param callback - Where the user is sent afterwards; `oob` unless told: they are shown a verifier.
   * @throws {ClientError} if the service refuses, cannot be reached, or answers what it should not.
   * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-2.1 | RFC 5849 §2.1}
   */
  start(callback?: string): Promise<StartedAuthorization>
  /**
   * Ends it: the credentials of a token for whoever agreed.
   *
   * @param temporary - From the session of the user who has come back.
   * @throws {ClientError} `response_mismatch` if they come back from another authorization, `refused` if
   * the user said no; otherwise as `start` does.
   * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-2.3 | RFC 5849 §2.3}
   */
  finish(
    temporary: OAuth1TokenCredentials,
    answer: AuthorizationAnswer,
  ): Promise<GivenTokenCredentials>
  /** The same client, signing for a token. */
  as(token: OAuth1TokenCredentials): OAuth1Signer
}

/**
 * Makes a client.
 *
 * @throws {ConfigError} if the consumer has not what the signature method needs.
 * @throws {ClientError} `url_refused` if an endpoint is neither https nor on this machine.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849 | RFC 5849}
 */
export function createOAuth1Client(options: OAuth1ClientOptions): OAuth1Client {
  const { platform = systemPlatform, timers = systemTimers, redirects = 'refused' } = options
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const sign = signer(options)
  const clocks = serverClocks(platform)

  const as = (token?: OAuth1TokenCredentials): OAuth1Signer => ({
    fetch: signedFetch({ sign, clocks, fetch, redirects }, token),
    async sign(request) {
      const clockOffset = clocks.offsetOf(request.url)
      return toSend(await sign(await readWhole(request.clone()), { token, clockOffset }))
    },
  })

  const transport = createTransport({ fetch, timers, tell: tracer(options.trace) })
  const hasSecrets = !needsRsaKey(options.signatureMethod)
  const steps =
    options.endpoints === undefined
      ? withoutEndpoints
      : authorizationSteps({ endpoints: options.endpoints, sign, clocks, transport, hasSecrets })
  return { ...as(), ...steps, as }
}

const noEndpoints = async (): Promise<never> => {
  throw new ConfigError('endpoints', 'are needed to get tokens.')
}

const withoutEndpoints = { start: noEndpoints, finish: noEndpoints }

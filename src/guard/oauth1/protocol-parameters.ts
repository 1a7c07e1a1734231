/**
 * The protocol parameters of a request, checked as far as that takes no key.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.1 | RFC 5849 §3.1}
 * @module
 */

import { quoted } from '../../protocol/jwt-claims.ts'
import { parseOAuth1Authorization } from '../../protocol/oauth1/authorization.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { isSignatureMethod, type SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import { refuseAbsence, refuseMethod, refuseParameter, refuseVersion } from './problem.ts'

/** What a request says of itself. */
export interface ProtocolParameters {
  readonly consumerKey: string
  /** Nothing if the consumer asks for itself. */
  readonly token?: string
  readonly method: SignatureMethod
  readonly signature: string
  /** What makes it unlike any other; nothing for PLAINTEXT, which does not cover it. */
  readonly once?: Once
  readonly bodyHash?: string
  /** All that the header has, these among them. */
  readonly all: readonly Parameter[]
}

/** A timestamp, in seconds, and what tells the requests of one second from each other. */
export interface Once {
  readonly timestamp: number
  readonly nonce: string
}

const ALWAYS = ['oauth_consumer_key', 'oauth_signature_method', 'oauth_signature']
const UNLESS_PLAINTEXT = [...ALWAYS, 'oauth_timestamp', 'oauth_nonce']

/** A positive integer in its one spelling. */
const TIMESTAMP = /^[1-9]\d{0,11}$/

/**
 * Reads the header.
 *
 * @throws {OAuthError} `invalid_request` if it is malformed, or a parameter is missing, repeated, unfit
 * or none of the protocol.
 */
export function parseProtocolParameters(credentials: string): ProtocolParameters {
  const { parameters: all } = parseOAuth1Authorization(credentials)
  // A signature does not say where a parameter stood. Whoever moves one of the query in here keeps the
  // signature good, and hides the parameter from the application.
  if (!all.every(([name]) => name.startsWith('oauth_'))) {
    refuseParameter('The Authorization header may have parameters that begin with oauth_ only.')
  }
  // A token that is sent empty is one that is not there; the same goes for all others.
  const values = new Map(all.filter(([, value]) => value !== ''))
  const sent = (name: string): string => values.get(name) ?? ''

  const version = values.get('oauth_version')
  if (version !== undefined && version !== '1.0') refuseVersion()
  const method = sent('oauth_signature_method')
  const needed = method === 'PLAINTEXT' ? ALWAYS : UNLESS_PLAINTEXT
  const absent = needed.filter((name) => !values.has(name))
  if (absent.length > 0) refuseAbsence(absent)
  if (!isSignatureMethod(method)) return refuseMethod(`no such method: ${quoted(method)}`)

  const token = values.get('oauth_token')
  const bodyHash = values.get('oauth_body_hash')
  return {
    consumerKey: sent('oauth_consumer_key'),
    ...(token === undefined ? {} : { token }),
    method,
    signature: sent('oauth_signature'),
    ...(method === 'PLAINTEXT' ? {} : { once: onceOf(sent) }),
    ...(bodyHash === undefined ? {} : { bodyHash }),
    all,
  }
}

function onceOf(sent: (name: string) => string): Once {
  const timestamp = sent('oauth_timestamp')
  if (!TIMESTAMP.test(timestamp)) {
    refuseParameter('oauth_timestamp must be a positive number of seconds.')
  }
  return { timestamp: Number(timestamp), nonce: sent('oauth_nonce') }
}

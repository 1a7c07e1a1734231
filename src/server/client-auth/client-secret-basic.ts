/**
 * The client's id and secret in an HTTP Basic header, each form-encoded first.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { ClientAuthMethod, Credentials } from './client-auth.ts'
import { secretFault } from './secret.ts'

export const clientSecretBasic: ClientAuthMethod = {
  name: 'client_secret_basic',
  uses: 'authorization',
  find(authorization, params) {
    if (authorization === null || !/^Basic(?: |$)/i.test(authorization)) return undefined
    const credentials = parseBasic(authorization)
    const named = params.get('client_id')
    if (named !== undefined && named !== credentials.clientId) {
      throw new OAuthError('invalid_request', 'client_id differs between the header and the body.')
    }
    return credentials
  },
  fault: secretFault,
}

function parseBasic(authorization: string): Credentials {
  const [, token] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  if (token === undefined) {
    throw new OAuthError('invalid_request', 'The Basic credentials are not base64.')
  }
  const [id, secret] = separate(decode(token))
  const clientId = formDecode(id)
  if (clientId === '')
    throw new OAuthError('invalid_request', 'The Basic credentials name no client.')
  return { clientId, proof: formDecode(secret) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(token: string): string {
  try {
    const binary = atob(token)
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
    return utf8.decode(bytes)
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The Basic credentials are not base64 of UTF-8 text.', {
      cause,
    })
  }
}

function separate(pair: string): [string, string] {
  const colon = pair.indexOf(':')
  if (colon < 0) throw new OAuthError('invalid_request', 'The Basic credentials lack a colon.')
  return [pair.slice(0, colon), pair.slice(colon + 1)]
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The Basic credentials are not form-encoded.', {
      cause,
    })
  }
}

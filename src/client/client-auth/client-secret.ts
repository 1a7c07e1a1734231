/**
 * Clients that share a secret with the server.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @module
 */

import { type ClientAuth, ClientSecretPost } from 'oauth4webapi'
import { ConfigError } from '../../errors.ts'
import { formatClientCredentials } from '../../protocol/basic-credentials.ts'
import { Secret } from '../../vault/secret.ts'
import type { ClientAuthentication } from './client-authentication.ts'

/** Sends the secret in the `Authorization` header. @throws {ConfigError} if it cannot be sent. */
export const clientSecretBasic = (secret: string | Secret<string>): ClientAuthentication => ({
  method: 'client_secret_basic',
  sendsSecret: true,
  apply: inHeader(checked(secret)),
})

/** Sends the secret in the form. @throws {ConfigError} if it cannot be sent. */
export const clientSecretPost = (secret: string | Secret<string>): ClientAuthentication => ({
  method: 'client_secret_post',
  sendsSecret: true,
  apply: inForm(checked(secret)),
})

/**
 * Sends the secret as the server's metadata wants it: in the header, unless it takes only the form.
 *
 * @throws {ConfigError} if it cannot be sent.
 */
export function clientSecret(secret: string | Secret<string>): ClientAuthentication {
  const kept = checked(secret)
  const [header, form] = [inHeader(kept), inForm(kept)]
  return {
    method: 'auto',
    sendsSecret: true,
    apply(as, client, body, headers) {
      // RFC 8414 §2: the header is what a server takes that does not say.
      const methods = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
      const wantsForm =
        !methods.includes('client_secret_basic') && methods.includes('client_secret_post')
      return (wantsForm ? form : header)(as, client, body, headers)
    },
  }
}

const inHeader =
  (secret: Secret<string>): ClientAuth =>
  (_, client, __, headers) => {
    const revealed = secret.reveal('client_secret_basic')
    headers.set('authorization', formatClientCredentials(client.client_id, revealed))
  }

const inForm =
  (secret: Secret<string>): ClientAuth =>
  (...request) =>
    ClientSecretPost(secret.reveal('client_secret_post'))(...request)

function checked(secret: string | Secret<string>): Secret<string> {
  const kept = typeof secret === 'string' ? new Secret(secret) : secret
  const value = kept.reveal('checking that it can be sent')
  // RFC 6749 Appendix A.2: visible characters and spaces.
  if (/^[\x20-\x7e]+$/.test(value)) return kept
  throw new ConfigError('clientAuth', 'has a client secret that is empty or cannot be sent.')
}

/**
 * Proving who asks about a token.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.1 | RFC 7662 §2.1}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { formatClientCredentials } from '../../protocol/basic-credentials.ts'
import type { Authenticate } from './client.ts'

/** The options that say how. */
export interface ClientAuthenticationOptions {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post'
  readonly authenticate?: Authenticate
}

/**
 * Makes the function that authenticates a request.
 *
 * @throws {ConfigError} unless there is exactly one way.
 */
export function clientAuthentication(options: ClientAuthenticationOptions): Authenticate {
  const { clientId, clientSecret, authMethod = 'client_secret_basic', authenticate } = options
  if (authenticate !== undefined) {
    if (clientSecret === undefined && typeof authenticate === 'function') return authenticate
    throw new ConfigError('authenticate', 'must be a function, and instead of clientSecret.')
  }
  if (!isText(clientId)) throw new ConfigError('clientId', 'must be a text that is not empty.')
  if (!isText(clientSecret)) {
    throw new ConfigError(
      'clientSecret',
      'is missing.',
      'An endpoint that anybody may ask is a leak.',
    )
  }
  switch (authMethod) {
    case 'client_secret_basic': {
      const authorization = formatClientCredentials(clientId, clientSecret)
      return ({ headers }) => headers.set('authorization', authorization)
    }
    case 'client_secret_post':
      return ({ body }) => {
        body.set('client_id', clientId)
        body.set('client_secret', clientSecret)
      }
    default:
      throw new ConfigError(
        'authMethod',
        'must be client_secret_basic or client_secret_post.',
        'For another, give the function authenticate.',
      )
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/**
 * How the guard says no: the status, and a challenge that tells a client what to do about it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-5.1 | RFC 9728 §5.1}
 * @module
 */

import { decidedBy } from '../decisions.ts'
import { OAuthError } from '../errors.ts'
import { formatChallenge } from '../protocol/challenge.ts'
import { resourceMetadataUrl } from '../protocol/protected-resource-metadata.ts'
import { formatScope } from '../protocol/scope.ts'

/** Makes the refusals of one resource. */
export interface Refusals {
  /** To a request without credentials: a challenge, and not a word of error (RFC 6750 §3.1). */
  unauthenticated(): Response
  /** To everything else that is refused. */
  refused(error: OAuthError, correlationId: string): Response
}

/** What the challenges of a resource are made from. */
export interface RefusalSettings {
  readonly resource: string
  /** What a client should ask for to begin with. */
  readonly baseline: readonly string[]
}

export function createRefusals({ resource, baseline }: RefusalSettings): Refusals {
  const resource_metadata = resourceMetadataUrl(resource)
  const scope = baseline.length === 0 ? undefined : formatScope(baseline)
  const unauthenticated = formatChallenge('Bearer', { resource_metadata, scope })

  return {
    unauthenticated() {
      return new Response(null, {
        status: 401,
        headers: { 'www-authenticate': unauthenticated, 'cache-control': 'no-store' },
      })
    },
    refused(error, correlationId) {
      const response = error.toResponse(correlationId)
      if (response.status >= 500) return response
      const challenge = formatChallenge('Bearer', {
        error: error.code,
        error_description: error.message,
        resource_metadata,
        scope: error instanceof InsufficientScope ? formatScope(error.needed) : scope,
      })
      response.headers.set('www-authenticate', challenge)
      return response
    },
  }
}

/**
 * The caller is known, but may not do this.
 *
 * All scopes of the operation are named, not only the missing ones, so that one more authorization
 * is enough ({@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}).
 */
export class InsufficientScope extends OAuthError {
  readonly needed: readonly string[]

  constructor(needed: readonly string[], missing: readonly string[]) {
    super('insufficient_scope', `This needs the scope: ${formatScope(needed)}.`, {
      detail: `without ${formatScope(missing)}`,
      decision: decidedBy('scope.needed', { missing: formatScope(missing) }),
    })
    this.needed = needed
  }
}

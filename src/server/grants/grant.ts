/**
 * What a grant type is: checks of its own, and the one write that makes it happen.
 *
 * A grant sees parsed values and returns a decision. The token endpoint owns every phase that all
 * grants share, so a grant can neither mint a token nor forget a step.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4 | RFC 6749 §4}
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { Change } from '../../store/store.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { ServerSettings } from '../settings.ts'
import type { RefreshTokenContent } from '../tokens/refresh-token.ts'

/** A token request whose client is known. */
export interface GrantRequest {
  readonly client: Client
  readonly params: Parameters
  readonly exchange: Exchange
  readonly context: ServerContext
}

/** What a grant decided. */
export interface Authorization {
  readonly subject: string
  readonly scopes: readonly string[]
  /** The one resource the access token is for. */
  readonly resource: string
  readonly correlationId: string
  readonly familyId?: string
  readonly roles?: readonly string[]
  /** Milliseconds since the epoch. */
  readonly authTime?: number
  /** When what the tokens rest on ends, in milliseconds since the epoch. */
  readonly notAfter?: number
  readonly refreshToken?: RefreshTokenContent
  /** For clients that asked who signed in. */
  readonly idToken?: { readonly nonce: string | null; readonly authTime: number }
  /** All that must change, together, for this to be granted; empty if nothing must. */
  readonly changes: readonly Change[]
  readonly events: readonly WarderEvent[]
  /** What to do when someone else's write came first. Decides anew, or throws. */
  lost?(): Promise<Authorization>
}

/** A grant type. */
export interface Grant {
  readonly grantType: string
  /** Whether public clients may use it. */
  readonly clients: 'any' | 'confidential'
  /** Whether the settings have it; every server has a grant that does not say. */
  isOffered?(settings: ServerSettings): boolean
  /**
   * Checks a request without writing anything.
   *
   * @throws {OAuthError} as the grant's section says.
   */
  authorize(request: GrantRequest): Promise<Authorization>
}

/**
 * Who asks whom: a client, the one server that it speaks to, and the way there.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { ClientAuthentication } from './client-auth/client-authentication.ts'
import type { TrustedServer } from './server.ts'
import type { Transport } from './transport.ts'

/** Documented ways in which a token endpoint differs from RFC 6749. */
export interface TokenQuirks {
  /** Takes JSON instead of a form. */
  readonly sendsJson?: boolean
  /** Makes an answer what RFC 6749 §5.1 says it is. */
  readonly readAnswer?: (
    body: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>
}

/** One client at one server. */
export interface Party {
  readonly server: TrustedServer
  readonly clientId: string
  readonly authentication: ClientAuthentication
  readonly transport: Transport
  readonly platform: Platform
  readonly quirks?: TokenQuirks | undefined
}

/**
 * What a flow without a person is: a grant type, and the parameters that are its own. Everything that
 * the token endpoint wants of all grants is done around it, so none can forget it.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import type { Party } from '../party.ts'
import type { TrustedServer } from '../server.ts'
import type { Transport } from '../transport.ts'

/** What a flow may look at. */
export interface FlowVisit {
  /** Whom the tokens are asked of. */
  readonly server: TrustedServer
  readonly clientId: string
  /** What they are for; empty if nothing was named. */
  readonly resource: string
  readonly scopes: readonly string[]
  readonly transport: Transport
  readonly platform: Platform
  /** Finds another server, such as the company's identity provider. */
  findServer(issuer: string): Promise<TrustedServer>
}

/** A way to tokens that needs nobody in front of a screen. */
export interface Flow {
  readonly grantType: string
  /** Whether it brings what whoever gets it could use elsewhere: then it goes to a named server only. */
  readonly sendsSecret?: boolean
  /** Parameters besides `grant_type`, `resource`, `scope` and those of client authentication. */
  parameters(visit: FlowVisit): Promise<Readonly<Record<string, string>>>
}

/** A text now, or from wherever it is kept fresh: a file that a platform rewrites, another token. */
export type TokenSource = string | (() => string | Promise<string>)

/** Reads a source. */
export const tokenFrom = async (source: TokenSource): Promise<string> =>
  typeof source === 'string' ? source : await source()

/** The parameters that say what tokens are for ({@link https://www.rfc-editor.org/rfc/rfc8707#section-2.2 | RFC 8707 §2.2}). */
export const wanted = (
  { resource, scopes }: Pick<FlowVisit, 'resource' | 'scopes'>,
  { separator = ' ', sendsResource = true }: ScopeQuirks = {},
): Record<string, string> => ({
  ...(resource === '' || !sendsResource ? {} : { resource }),
  ...(scopes.length === 0 ? {} : { scope: scopes.join(separator) }),
})

/** How a provider wants to be told. */
export interface ScopeQuirks {
  readonly separator?: string
  readonly sendsResource?: boolean
}

/** The party of a visit to another server. */
export const partyAt = (
  visit: FlowVisit,
  other: Pick<Party, 'server' | 'clientId' | 'authentication'>,
): Party => ({ transport: visit.transport, platform: visit.platform, ...other })

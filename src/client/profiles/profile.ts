/**
 * What is documented of a provider: where it is, and in what it differs from the documents.
 *
 * @module
 */

import type { TokenQuirks } from '../party.ts'
import type { ServerMetadata } from '../server.ts'

/** One provider, as data. */
export interface Profile {
  readonly name: string
  /** Byte for byte as its metadata says; a name of ours where it publishes none. */
  readonly issuer: string
  /** What it would publish, if it did. */
  readonly metadata?: Omit<ServerMetadata, 'issuer'>
  /** Supports PKCE, or ignores it, without saying so. */
  readonly pkceNotAdvertised?: boolean
  /** A space unless told. */
  readonly scopeSeparator?: string
  /** Whether it takes `resource` (RFC 8707); yes unless told. */
  readonly sendsResource?: boolean
  /** What its authorization requests need besides. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Where its tokens are for. */
  readonly apiOrigins?: readonly string[]
  readonly quirks?: TokenQuirks
}

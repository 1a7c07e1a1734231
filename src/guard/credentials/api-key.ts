/**
 * API keys: as bearer tokens, in a header of their own, and where that is switched on, as HTTP Basic
 * credentials or in the URL.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 | RFC 6750 §2.1}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import { newCorrelationId } from '../../platform.ts'
import type { ApiKeys } from '../api-keys/api-keys.ts'
import { isApiKeyLike } from '../api-keys/format.ts'
import type { Carrier, Presented } from '../presented.ts'
import type { CredentialContext, CredentialKind, Identity } from './credential.ts'

/** Which keys are accepted, and where they are looked for besides `Authorization: Bearer`. */
export interface ApiKeyOptions {
  readonly keys: ApiKeys
  /** The header of their own; `X-API-Key` unless told, `false` for none. */
  readonly header?: string | false
  /** The half of HTTP Basic credentials that may be a key; neither unless told. */
  readonly basic?: 'username' | 'password' | undefined
  /**
   * The query parameter that may be a key; none unless told, and better so: URLs are kept in logs and
   * histories. Whoever sends one there is warned of in the audit log.
   */
  readonly query?: string | undefined
}

/** The name of a header field, or of a parameter. */
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/

/** Room for a key and something beside it. */
const MAX_BASIC_CHARS = 512

/** How often whoever sends a key in URLs is told of, in milliseconds, and of how many keys at once. */
const WARN_EVERY = 3_600_000
const MOST_WARNED = 1_000

/**
 * Accepts API keys.
 *
 * @throws {ConfigError} if a header or a parameter cannot carry them.
 */
export function apiKeys(options: ApiKeyOptions): CredentialKind {
  const { keys, basic } = options
  const carriers = carriersOf(options)
  const findKey = keyFinder(carriers, basic)
  return {
    name: 'api_key',
    create(context) {
      const { resource } = context
      const warn = exposureWarning(context)
      return {
        scheme: 'Bearer',
        carriers,
        verify(presented, { connection }) {
          const key = findKey(presented)
          if (key === undefined) return undefined
          const found = keys.verify(key, { resource, remoteAddress: connection.remoteAddress })
          return presented.in === 'query' ? exposed(found, warn) : found
        },
      }
    },
  }
}

/** The same identity, with a warning. */
async function exposed(
  found: Identity | Promise<Identity>,
  warn: (identity: Identity) => void,
): Promise<Identity> {
  const identity = await found
  warn(identity)
  return identity
}

function carriersOf({ header = 'X-API-Key', query }: ApiKeyOptions): readonly Carrier[] {
  const carriers: Carrier[] = []
  if (header !== false) {
    if (!TOKEN.test(header) || header.toLowerCase() === 'authorization') {
      throw new ConfigError('header', 'must be the name of a header other than Authorization.')
    }
    carriers.push({ in: 'header', name: header.toLowerCase() })
  }
  if (query !== undefined) {
    if (!TOKEN.test(query) || query === 'access_token') {
      throw new ConfigError('query', 'must be the name of a parameter other than access_token.')
    }
    carriers.push({ in: 'query', name: query })
  }
  return carriers
}

/** Makes what finds a key in what was presented. Whatever comes in a place of ours is meant as one. */
const keyFinder =
  (carriers: readonly Carrier[], basic: ApiKeyOptions['basic']) =>
  ({ in: place, scheme, credentials }: Presented): string | undefined => {
    if (place !== 'authorization') {
      const isOurs = carriers.some((each) => each.in === place && each.name === scheme)
      return isOurs ? credentials : undefined
    }
    const key =
      scheme === 'bearer' ? credentials : scheme === 'basic' ? half(credentials, basic) : ''
    return isApiKeyLike(key) ? key : undefined
  }

/** One half of Basic credentials ({@link https://www.rfc-editor.org/rfc/rfc7617#section-2 | RFC 7617 §2}); empty if there is none. */
function half(credentials: string, which: ApiKeyOptions['basic']): string {
  if (which === undefined || credentials.length > MAX_BASIC_CHARS) return ''
  let pair: string
  try {
    pair = atob(credentials)
  } catch {
    // For whoever takes Basic credentials to refuse.
    return ''
  }
  const colon = pair.indexOf(':')
  if (colon < 0) return ''
  return which === 'username' ? pair.slice(0, colon) : pair.slice(colon + 1)
}

/**
 * Makes what warns of keys in URLs: once in an hour for each, because whoever does it does it always.
 */
function exposureWarning({ resource, platform, onEvent }: CredentialContext) {
  const warnedAt = createBoundedMemory<number>(MOST_WARNED)
  return ({ subject, credentialId }: Identity): void => {
    const now = platform.now()
    if (now < (warnedAt.get(credentialId) ?? Number.NEGATIVE_INFINITY) + WARN_EVERY) return
    warnedAt.set(credentialId, now)
    const event = eventMaker(platform, newCorrelationId(platform))
    onEvent(event('apikey.exposed', { keyId: credentialId, subject, resource }))
  }
}

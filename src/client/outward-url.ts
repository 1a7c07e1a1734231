/**
 * Which addresses a client goes to, or sends a person to, on the word of a server.
 *
 * Only `https:`, and `http:` to this machine if it was this machine that said so. Nothing is repaired:
 * an address that two parsers could read in two ways is none.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11 | RFC 9700 §4.11}
 * @see {@link https://modelcontextprotocol.io/docs/tutorials/security/security_best_practices | MCP security best practices} on authorization URLs
 * @module
 */

import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'
import { ClientError, type ClientErrorCode } from './errors.ts'

/** What an address is for, and what is thrown if it will not do. */
export interface OutwardRules {
  /** Its name in the message, such as `token_endpoint`. */
  readonly what: string
  /** Who named it; an address on this machine is good only if that is one too. */
  readonly namedBy?: string
  /** `metadata_refused` unless told. */
  readonly code?: ClientErrorCode
}

/**
 * Checks an address before anything goes there.
 *
 * @throws {ClientError} `metadata_refused`, or the code it was told.
 */
export function checkOutwardUrl(value: unknown, rules: OutwardRules): URL {
  const { what, namedBy, code = 'metadata_refused' } = rules
  const url = typeof value === 'string' ? unambiguousUrl(value) : undefined
  if (url?.protocol === 'https:') return url
  const isLocal = url?.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url !== undefined && isLocal && (namedBy === undefined || isOnThisMachine(namedBy))) {
    return url
  }
  throw new ClientError(code, `Its ${what} must be an https URL; http on this machine only.`, {
    detail: `${what} ${shown(value)}`,
  })
}

/** What a browser may be sent to: characters of RFC 3986 and whole encodings, so that no shell and no `open` sees anything else in it. */
const OPENABLE = /^https?:\/\/(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=[\]]|%[0-9A-Fa-f]{2})*$/

/** Longer than browsers take. */
const MOST_CHARACTERS = 32_768

/**
 * Checks an address before a browser is sent there, and gives it as the URL parser writes it. It still
 * has to be handed over as one argument, never through a shell.
 *
 * @throws {ClientError} `url_refused`
 */
export function checkOpenableUrl(value: string): string {
  const refuse = (): never => {
    throw new ClientError(
      'url_refused',
      'Nothing but https is opened; http on this machine only.',
      {
        detail: shown(value),
      },
    )
  }
  if (value.length > MOST_CHARACTERS || !OPENABLE.test(value) || !URL.canParse(value)) {
    return refuse()
  }
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') return refuse()
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return refuse()
  return url.href
}

/** Whether a URL is plain http to this machine. */
export const isOnThisMachine = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && isLoopbackHost(hostname)
}

/** A value from outside, made short and plain for the log. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : `(${typeof value})`

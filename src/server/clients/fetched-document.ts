/**
 * One client metadata document, as its host answers now.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-4 | §4}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { Platform } from '../../platform.ts'
import { parseClientDocument } from '../../protocol/client-id-metadata-document.ts'
import type { ClientMetadata } from '../../protocol/client-metadata.ts'
import { parseJson } from '../../protocol/json.ts'
import type { OutwardFetch, OutwardResponse } from '../../protocol/outward-fetch.ts'
import { OutwardFetchError } from '../../protocol/outward-fetch-error.ts'
import type { ClientDocument } from '../../store/tables.ts'
import type { ServerSettings } from '../settings.ts'
import { freshFor, mayKeep } from './freshness.ts'
import { HostAway } from './host-away.ts'

/** What fetching leans on. */
export interface FetchContext {
  readonly platform: Platform
  readonly settings: ServerSettings
  readonly outwardFetch: OutwardFetch
}

/** A document, and whether its host lets it be kept. */
export interface Fetched {
  readonly document: ClientDocument
  readonly keep: boolean
}

/** A document stays usable this long while its host is away, and is never fresh for longer. */
const DAY = 86_400_000

/** Documents larger than this are refused ({@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-6.6 | §6.6}). */
const MAX_BYTES = 5120

/** Failures that say nothing of the document. */
const AWAY: readonly string[] = ['address_refused', 'unreachable', 'timeout']

/**
 * Fetches and checks a document, or has the known copy validated.
 *
 * @throws {HostAway} if its host did not answer, or is in trouble.
 * @throws {OAuthError} `invalid_client` if it answered anything but a good document.
 */
export async function fetchDocument(
  clientId: string,
  known: ClientDocument | undefined,
  context: FetchContext,
): Promise<Fetched> {
  const { platform, settings } = context
  const response = await ask(clientId, known?.etag ?? null, context.outwardFetch)
  const now = platform.now()
  const times = {
    freshUntil: now + Math.min(freshFor(response.headers, now), DAY),
    expiresAt: now + DAY,
  }
  const keep = mayKeep(response.headers)
  if (known !== undefined && validates(response, known)) {
    return { document: { ...known, ...times }, keep }
  }
  const document = {
    id: clientId,
    metadata: read(clientId, response, settings),
    etag: response.headers.get('etag'),
    fetchedAt: known?.fetchedAt ?? now,
    ...times,
  }
  return { document, keep }
}

async function ask(
  clientId: string,
  etag: string | null,
  outwardFetch: OutwardFetch,
): Promise<OutwardResponse> {
  const validation = etag === null ? {} : { 'if-none-match': etag }
  const headers = { accept: 'application/json', ...validation }
  try {
    const response = await outwardFetch(clientId, { maxBytes: MAX_BYTES, headers })
    const { status } = response
    if (status >= 500 || status === 429) throw new HostAway(`answered ${status}`)
    return response
  } catch (cause) {
    if (!(cause instanceof OutwardFetchError)) throw cause
    const detail = cause.detail ?? cause.code
    if (AWAY.includes(cause.code)) throw new HostAway(detail, cause)
    return refuse(detail, cause)
  }
}

/** Whether a 304 speaks of the very copy that was asked about. */
function validates({ status, headers }: OutwardResponse, { etag }: ClientDocument): boolean {
  if (status !== 304 || etag === null) return false
  const named = headers.get('etag')
  return named === null || opaque(named) === opaque(etag)
}

/** The part of an entity tag that the weak comparison looks at (RFC 9110 §8.8.3.2). */
const opaque = (etag: string) => etag.replace(/^W\//, '')

function read(
  clientId: string,
  { status, headers, body }: OutwardResponse,
  { registration, clientDocuments }: ServerSettings,
): ClientMetadata {
  if (status !== 200) refuse(`answered ${status}; redirects are not followed`)
  const type = headers.get('content-type') ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i.test(type)) refuse(`content type is ${type}`)
  const input = json(body)
  try {
    return parseClientDocument(clientId, input, {
      allowLocalhost: registration.localhost,
      sameOriginRedirects: clientDocuments.sameOriginRedirects,
    })
  } catch (cause) {
    if (!(cause instanceof OAuthError)) throw cause
    // Nobody is registering here: whatever is wrong with it, the client is not one.
    throw new OAuthError('invalid_client', `The client metadata document: ${cause.message}`, {
      status: 400,
      cause,
    })
  }
}

function json(body: string): unknown {
  try {
    return parseJson(body)
  } catch (cause) {
    return refuse('is not valid JSON', cause)
  }
}

/** One public sentence whatever the host answered: the server is no probe for others' networks. */
function refuse(detail: string, cause?: unknown): never {
  throw new OAuthError(
    'invalid_client',
    'The client metadata document could not be used. It must be answered with 200 and valid JSON.',
    { status: 400, detail, cause },
  )
}

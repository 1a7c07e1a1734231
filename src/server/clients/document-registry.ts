/**
 * Clients whose id is the URL of a document that describes them.
 *
 * Documents are kept with the lifetime their host gave them; one fetch serves all who wait for it.
 * A fresh copy is never replaced by an error, and an error is never kept.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00}
 * @module
 */

import { OAuthError, WarderError } from '../../errors.ts'
import type { EventSink } from '../../events.ts'
import { eventMaker } from '../../events.ts'
import { type Platform, randomToken } from '../../platform.ts'
import {
  checkClientIdUrl,
  isClientIdUrl,
  parseClientDocument,
} from '../../protocol/client-id-metadata-document.ts'
import { parseJson } from '../../protocol/json.ts'
import type { OutwardFetch, OutwardResponse } from '../../protocol/outward-fetch.ts'
import { insert, removeAll, type Store } from '../../store/store.ts'
import type { ClientDocument } from '../../store/tables.ts'
import type { ServerSettings } from '../settings.ts'
import type { Client } from './client.ts'
import { freshFor } from './freshness.ts'
import type { Registry } from './registry.ts'

/** What the registry leans on. */
export interface DocumentRegistryOptions {
  readonly store: Store
  readonly platform: Platform
  readonly settings: ServerSettings
  readonly outwardFetch: OutwardFetch
  readonly onEvent: EventSink
}

/** A document stays usable this long while its host is away. */
const DAY = 86_400_000

/** Documents larger than this are refused ({@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-6.6 | §6.6}). */
const MAX_BYTES = 5120

/** At most this many fetches at a time, so that many slow hosts cannot hold the server. */
const MAX_FETCHES = 32

/** The registry of client metadata documents. */
export function documentRegistry(options: DocumentRegistryOptions): Registry {
  const underWay = new Map<string, Promise<ClientDocument>>()
  const { settings, store, platform } = options

  const refresh = (url: URL, id: string, known: ClientDocument | undefined) => {
    const running = underWay.get(id)
    if (running !== undefined) return running
    if (underWay.size >= MAX_FETCHES) {
      throw new OAuthError(
        'temporarily_unavailable',
        'Too many clients are being looked up. Try again.',
      )
    }
    const fetching = fetchDocument(url, known, options).finally(() => underWay.delete(id))
    underWay.set(id, fetching)
    return fetching
  }

  return {
    owns: isClientIdUrl,
    async find(clientId) {
      if (!settings.clientDocuments.enabled) return undefined
      const url = checkClientIdUrl(clientId, { allowLoopback: settings.clientDocuments.private })
      const policy = settings.clientDocuments.hosts[url.hostname] ?? settings.clientDocuments.others
      if (policy === 'deny') {
        throw new OAuthError('unauthorized_client', 'Clients of this host are not allowed here.', {
          detail: `clientDocuments policy denies ${url.hostname}`,
        })
      }
      const now = platform.now()
      const known = await store.find('clientDocuments', { id: clientId, expiresAt: { above: now } })
      const document =
        known !== undefined && known.freshUntil > now ? known : await refresh(url, clientId, known)
      return clientOf(document, policy === 'allow')
    },
  }
}

function clientOf(document: ClientDocument, verified: boolean): Client {
  return {
    id: document.id,
    registration: 'document',
    metadata: document.metadata,
    secretHash: null,
    resources: null,
    verified,
    since: document.fetchedAt,
  }
}

/** Fetches, checks and keeps a document; falls back to the known copy when its host is away. */
async function fetchDocument(
  url: URL,
  known: ClientDocument | undefined,
  options: DocumentRegistryOptions,
): Promise<ClientDocument> {
  const event = eventMaker(options.platform, randomToken(options.platform, 12))
  const clientId = known?.id ?? url.href
  try {
    const response = await options.outwardFetch(clientId, {
      maxBytes: MAX_BYTES,
      headers: {
        accept: 'application/json',
        ...(known?.etag == null ? {} : { 'if-none-match': known.etag }),
      },
    })
    const document = read(clientId, response, known, options)
    // A copy for the next request; losing this race to another process costs nothing.
    await options.store.write(
      [removeAll('clientDocuments', { id: document.id }), insert('clientDocuments', document)],
      [event('client.document', { clientId: document.id, reason: `fetched, ${response.status}` })],
    )
    return document
  } catch (cause) {
    const reason = reasonOf(cause)
    options.onEvent(event('client.document', { clientId, reason }))
    if (known !== undefined && !(cause instanceof OAuthError)) return known
    if (cause instanceof OAuthError) throw cause
    throw new OAuthError(
      'invalid_client',
      'The client metadata document could not be fetched. Check that client_id is a public https URL.',
      { status: 400, detail: reason, cause },
    )
  }
}

/** For the operator; the caller is told one sentence only. */
function reasonOf(cause: unknown): string {
  if (cause instanceof WarderError) return cause.detail ?? cause.message
  return cause instanceof Error ? cause.message : String(cause)
}

function read(
  clientId: string,
  response: OutwardResponse,
  known: ClientDocument | undefined,
  { platform, settings }: DocumentRegistryOptions,
): ClientDocument {
  const now = platform.now()
  const lifetime = Math.min(freshFor(response.headers), DAY)
  if (response.status === 304 && known !== undefined) {
    return { ...known, freshUntil: now + lifetime, expiresAt: now + DAY }
  }
  if (response.status !== 200) refuse(`answered ${response.status}; redirects are not followed`)
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i.test(type)) refuse(`content type is ${type}`)
  return {
    id: clientId,
    metadata: parseClientDocument(clientId, json(response.body), {
      allowLocalhost: settings.registration.localhost,
      sameOriginRedirects: settings.clientDocuments.sameOriginRedirects,
    }),
    etag: response.headers.get('etag'),
    fetchedAt: known?.fetchedAt ?? now,
    freshUntil: now + lifetime,
    expiresAt: now + DAY,
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

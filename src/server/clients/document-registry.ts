/**
 * Clients whose id is the URL of a document that describes them.
 *
 * Documents are kept with the lifetime their host gave them; one fetch serves all who wait for it.
 * A copy outlives its freshness only while its host is away, and an error is never kept.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00}
 * @module
 */

import { OAuthError, WarderError } from '../../errors.ts'
import type { EventSink } from '../../events.ts'
import { eventMaker } from '../../events.ts'
import { newCorrelationId } from '../../platform.ts'
import { checkClientIdUrl, isClientIdUrl } from '../../protocol/client-id-metadata-document.ts'
import { insert, removeAll, type Store } from '../../store/store.ts'
import type { ClientDocument } from '../../store/tables.ts'
import type { ServerSettings } from '../settings.ts'
import type { Client } from './client.ts'
import { type FetchContext, fetchDocument } from './fetched-document.ts'
import { HostAway } from './host-away.ts'
import type { Registry } from './registry.ts'

/** What the registry leans on. */
export interface DocumentRegistryOptions extends FetchContext {
  readonly store: Store
  readonly onEvent: EventSink
}

/** At most this many fetches at a time, so that many slow hosts cannot hold the server. */
const MAX_FETCHES = 32

/** At most this many of them from one host, so that one slow host cannot hold up the others. */
const MAX_FETCHES_OF_HOST = 8

/** The registry of client metadata documents. */
export function documentRegistry(options: DocumentRegistryOptions): Registry {
  const underWay = new Map<string, Promise<ClientDocument>>()
  const { settings, store, platform } = options

  const isFull = ({ host }: URL) =>
    underWay.size >= MAX_FETCHES ||
    [...underWay.keys()].filter((id) => new URL(id).host === host).length >= MAX_FETCHES_OF_HOST

  const refresh = async (url: URL, id: string, known: ClientDocument | undefined) => {
    const running = underWay.get(id)
    if (running !== undefined) return running
    if (isFull(url)) {
      if (known !== undefined) return known
      throw new OAuthError(
        'temporarily_unavailable',
        'Too many clients are being looked up. Try again.',
        { headers: { 'retry-after': '2' } },
      )
    }
    const fetching = refreshed(id, known, options).finally(() => underWay.delete(id))
    underWay.set(id, fetching)
    return fetching
  }

  const kept = (id: string) =>
    store.find('clientDocuments', { id, expiresAt: { above: platform.now() } })

  /** Whether anything was granted to a client, so that it is no stranger. */
  const holdsGrant = async (clientId: string) =>
    (await store.find('families', { clientId })) !== undefined ||
    (await store.find('authorizationCodes', { clientId })) !== undefined

  const registry: Registry = {
    owns: isClientIdUrl,
    async findKnown(clientId) {
      const isKnown = (await kept(clientId)) !== undefined || (await holdsGrant(clientId))
      return isKnown ? registry.find(clientId) : undefined
    },
    async find(clientId) {
      if (!settings.clientDocuments.enabled) return undefined
      const url = checkClientIdUrl(clientId, { allowLoopback: settings.clientDocuments.private })
      const policy = policyFor(url, settings)
      if (policy === 'deny') {
        throw new OAuthError('unauthorized_client', 'Clients of this host are not allowed here.', {
          detail: `clientDocuments policy denies ${url.hostname}`,
        })
      }
      const known = await kept(clientId)
      const isFresh = known !== undefined && known.freshUntil > platform.now()
      const document = isFresh ? known : await refresh(url, clientId, known)
      return clientOf(document, policy === 'allow')
    },
  }
  return registry
}

function policyFor({ hostname }: URL, { clientDocuments }: ServerSettings) {
  const { hosts, others } = clientDocuments
  return (Object.hasOwn(hosts, hostname) ? hosts[hostname] : undefined) ?? others
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

/** The document as it is now, or the known copy if its host is away. */
async function refreshed(
  id: string,
  known: ClientDocument | undefined,
  options: DocumentRegistryOptions,
): Promise<ClientDocument> {
  const event = eventMaker(options.platform, newCorrelationId(options.platform))
  try {
    const { document, keep } = await fetchDocument(id, known, options)
    // A copy for the next request; losing this race to another process costs nothing.
    await options.store.write([
      removeAll('clientDocuments', { id }),
      ...(keep ? [insert('clientDocuments', document)] : []),
    ])
    const reason = keep ? 'fetched' : 'fetched, not kept'
    // Told and not recorded: strangers choose how often this happens.
    options.onEvent(event('client.document', { clientId: id, reason }))
    return document
  } catch (error) {
    if (!(error instanceof WarderError)) throw error
    options.onEvent(
      event('client.document', { clientId: id, reason: error.detail ?? error.message }),
    )
    if (known !== undefined && error instanceof HostAway) return known
    throw error
  }
}

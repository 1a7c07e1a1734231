/**
 * Finding out which authorization server an API or MCP server trusts.
 *
 * The document must be about the very address it was looked for at, and stand on the same origin: one
 * that a challenge names elsewhere is refused, so that nobody is led to an attacker's sign-in page.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-3.3 | RFC 9728 §3.3, §7.3}
 * @module
 */

import { type Challenge, parseChallenges } from '../../protocol/challenge.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { METADATA_PATH, resourceMetadataUrl } from '../../protocol/protected-resource-metadata.ts'
import { ClientError } from '../errors.ts'
import { checkOutwardUrl, shown } from '../outward-url.ts'
import type { Transport } from '../transport.ts'
import { readDocument } from './document.ts'

/** What a resource says of itself, checked. */
export interface TrustedResource {
  /** The resource identifier, byte for byte as it says it. */
  readonly resource: string
  /** Issuers, the first preferred; at least one. */
  readonly authorizationServers: readonly string[]
  readonly scopesSupported: readonly string[] | undefined
  /** The scopes that its challenge asked for; they count for more than the others. */
  readonly challengedScopes: readonly string[] | undefined
}

/** What a `WWW-Authenticate` header asks a client to do. */
export interface ResourceChallenge {
  readonly metadataUrl?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly error?: string | undefined
}

/** What a resource's header says in its Bearer or DPoP challenge; nothing if it cannot be read. */
export function readChallenge(header: string | null): ResourceChallenge {
  const { resource_metadata: metadataUrl, scope, error } = challengeOf(header)?.parameters ?? {}
  // It asks for what the user may give, never for how long (MCP: not for the resource to say).
  const scopes = scope?.split(' ').filter((name) => name !== '' && name !== 'offline_access')
  return { metadataUrl, error, scopes: scopes?.length === 0 ? undefined : scopes }
}

function challengeOf(header: string | null): Challenge | undefined {
  if (header === null || header.length > 8_192) return undefined
  try {
    const challenges = parseChallenges(header)
    return challenges.find(({ scheme }) => /^(?:bearer|dpop)$/i.test(scheme))
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/**
 * Discovers a resource: by the challenge it answers with, then at the well-known path of its own, then
 * at that of its origin.
 *
 * @param challenge - Its challenge, if the caller has met it already.
 * @returns Nothing if the resource publishes no document.
 * @throws {ClientError} `metadata_refused` if its document cannot be trusted.
 */
export async function discoverResource(
  resource: string,
  transport: Transport,
  challenge?: ResourceChallenge,
): Promise<TrustedResource | undefined> {
  const { origin } = checkOutwardUrl(resource, { what: 'resource', code: 'url_refused' })
  const { metadataUrl, scopes } = challenge ?? (await askForChallenge(resource, transport))
  const rest = { resource, challengedScopes: scopes }
  if (metadataUrl !== undefined) {
    const url = checkOutwardUrl(metadataUrl, { what: 'resource_metadata', namedBy: resource })
    if (url.origin !== origin)
      throw refusal(resource, 'It names a document on another host.', metadataUrl)
    return parseResource(await requiredDocument(url.href, transport), rest)
  }
  const own = resourceMetadataUrl(resource)
  const found = await readDocument(own, transport)
  if (found !== undefined) return parseResource(found, rest)
  const root = `${origin}${METADATA_PATH}`
  const rootDocument = root === own ? undefined : await readDocument(root, transport)
  if (rootDocument === undefined) return undefined
  // §3.3: that is the document of the origin, so the origin is what it must name.
  const said = isObject(rootDocument) ? rootDocument.resource : undefined
  return parseResource(rootDocument, { ...rest, resource: said === `${origin}/` ? said : origin })
}

/** A request without credentials; servers that want some say in their refusal where to get them. */
async function askForChallenge(resource: string, transport: Transport): Promise<ResourceChallenge> {
  const headers = { accept: 'application/json, text/event-stream' }
  const { status, headers: answered } = await transport.look('oauth:discovery', resource, {
    headers,
  })
  return status === 401 ? readChallenge(answered.get('www-authenticate')) : {}
}

async function requiredDocument(url: string, transport: Transport): Promise<unknown> {
  const document = await readDocument(url, transport)
  if (document !== undefined) return document
  throw new ClientError('metadata_refused', 'The document it names is not there.', { detail: url })
}

function parseResource(
  document: unknown,
  { resource, challengedScopes }: Pick<TrustedResource, 'resource' | 'challengedScopes'>,
): TrustedResource {
  if (!isObject(document)) throw refusal(resource, 'Its document is no JSON object.', document)
  const { resource: said, authorization_servers: issuers, scopes_supported: scopes } = document
  if (said !== resource) {
    throw refusal(resource, 'Its document is about another address. Use the one it names.', said)
  }
  if (!isTexts(issuers) || issuers.length === 0) {
    throw refusal(resource, 'Its document names no authorization server.', issuers)
  }
  for (const issuer of issuers) {
    checkOutwardUrl(issuer, { what: 'authorization server', namedBy: resource })
  }
  if (scopes !== undefined && !isTexts(scopes)) {
    throw refusal(resource, 'Its scopes_supported is malformed.', scopes)
  }
  return { resource, authorizationServers: issuers, scopesSupported: scopes, challengedScopes }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((member) => typeof member === 'string')

const refusal = (resource: string, advice: string, value: unknown) =>
  new ClientError('metadata_refused', advice, { detail: `${resource}: ${shown(value)}` })

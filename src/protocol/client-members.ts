/**
 * The members of client metadata, each by itself: its type, its bounds, its form.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 | RFC 7591 §2}
 * @module
 */

import { z } from 'zod'
import { OAuthError } from '../errors.ts'
import { isExposed } from './jwk.ts'
import { isDomainName } from './uri.ts'

const text = (max: number) =>
  z
    .string('must be a string')
    .max(max, `must have at most ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'must have no control characters')

const list = (max: number) =>
  z.array(text(255), 'must be an array').max(max, `must have at most ${max} entries`)

/** A public key; what gives away a private or shared one is refused, not dropped. */
const publicKey = z
  .record(z.string(), z.unknown(), 'must be an object')
  .refine((jwk) => !isExposed(jwk), 'must be a public key')

const keySet = z.object(
  {
    keys: z
      .array(publicKey, 'must be an array')
      .min(1, 'must have at least one key')
      .max(20, 'must have at most 20 keys'),
  },
  'must be a JSON Web Key Set',
)

const webPage = text(2048).refine(isWebPage, 'must be an https URL with a public domain name')

/** `exactOptional`: a member that is null is wrong, not absent. */
const registration = z.object(
  {
    client_name: z.string('must be a string').exactOptional(),
    redirect_uris: z.array(z.string('must be a string'), 'must be an array').exactOptional(),
    token_endpoint_auth_method: text(255).exactOptional(),
    grant_types: list(20).exactOptional(),
    response_types: list(20).exactOptional(),
    application_type: z.enum(['native', 'web'], 'must be native or web').exactOptional(),
    scope: text(4096).exactOptional(),
    client_uri: webPage.exactOptional(),
    logo_uri: webPage.exactOptional(),
    policy_uri: webPage.exactOptional(),
    tos_uri: webPage.exactOptional(),
    contacts: list(10).exactOptional(),
    software_id: text(255).exactOptional(),
    software_version: text(255).exactOptional(),
    jwks: keySet.exactOptional(),
    // Of no use to most clients, so what is wrong with it is for those to hear who have one.
    jwks_uri: z.unknown().exactOptional(),
    token_endpoint_auth_signing_alg: z.unknown().exactOptional(),
  },
  'must be an object',
)

/** Members as a client sent them, with only their form checked. */
export type ClientMembers = z.output<typeof registration>

/**
 * Reads the members that Warder knows and drops the others.
 *
 * @param defaults - Members that are filled in where the input has none, and checked like it.
 * @throws {OAuthError} `invalid_client_metadata` naming the first member that is wrong.
 */
export function parseMembers(input: unknown, defaults: object = {}): ClientMembers {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  const result = registration.safeParse(isObject ? { ...defaults, ...input } : input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const member = issue?.path.join('.') || 'The client metadata'
  const problem = `${member} ${issue?.message ?? 'is not valid'}.`
  throw new OAuthError('invalid_client_metadata', problem)
}

/** Only ever shown as a link, never fetched. */
function isWebPage(uri: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(uri) || !URL.canParse(uri)) return false
  const { protocol, hostname, username, password } = new URL(uri)
  return protocol === 'https:' && isDomainName(hostname) && username === '' && password === ''
}

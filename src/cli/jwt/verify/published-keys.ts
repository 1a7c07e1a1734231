/**
 * Getting the keys that an issuer publishes, and saying why that failed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { ConfigError, WarderError } from '../../../errors.ts'
import { metadataPaths } from '../../../protocol/authorization-server-metadata.ts'
import { parseJson } from '../../../protocol/json.ts'
import { isObject } from '../../../protocol/json-rpc.ts'
import type { OutwardFetch, OutwardResponse } from '../../../protocol/outward-fetch.ts'
import { OutwardFetchError } from '../../../protocol/outward-fetch-error.ts'
import { visible } from '../../output.ts'
import { Unreachable } from '../../unreachable.ts'
import type { Members } from '../compact.ts'
import { differenceOf } from './differences.ts'

/** A JWK Set, and where it was. */
export interface PublishedKeys {
  readonly url: string
  readonly keys: readonly Members[]
}

/**
 * The keys of an issuer, found by its metadata.
 *
 * @throws {Unreachable} if they cannot be had.
 * @throws {WarderError} `other_issuer` if the metadata is that of somebody else.
 */
export async function discoverKeys(issuer: string, fetch: OutwardFetch): Promise<PublishedKeys> {
  if (!URL.canParse(issuer)) {
    throw new ConfigError(
      '--issuer',
      'is no URL, so that nothing can be found there.',
      'Say where the keys are: --jwks, --jwk, --pem or --secret-env.',
    )
  }
  const { oauth, openid } = metadataPaths(issuer)
  const { origin } = new URL(issuer)
  const tried: string[] = []
  for (const path of [...oauth, ...openid]) {
    const url = origin + path
    const answer = await get(url, fetch, '--issuer')
    if (answer.status !== 200) {
      tried.push(`${path} answered ${answer.status}`)
      continue
    }
    const metadata = objectOf(answer, url)
    checkIssuer(metadata.issuer, issuer)
    if (typeof metadata.jwks_uri === 'string') return fetchKeys(metadata.jwks_uri, fetch)
    tried.push(`${path} names no jwks_uri`)
  }
  throw new Unreachable(`The keys of ${issuer} cannot be found: ${tried.join(', ')}.`)
}

/** RFC 8414 §3.3: metadata of another issuer MUST NOT be used. */
function checkIssuer(found: unknown, expected: string): void {
  if (found === expected) return
  const near = typeof found === 'string' ? differenceOf(found, expected) : undefined
  throw new WarderError(
    'other_issuer',
    `The metadata says that its issuer is ${visible(String(found))}, and ${expected} is expected` +
      `${near === undefined ? '' : `: ${near}`}. Its keys must not be used (RFC 8414 §3.3).`,
  )
}

/**
 * The keys at a URL.
 *
 * @throws {Unreachable} if there are none.
 */
export async function fetchKeys(url: string, fetch: OutwardFetch): Promise<PublishedKeys> {
  const answer = await get(url, fetch, '--jwks')
  if (answer.status !== 200) throw unusable(url, `answered ${answer.status}${whither(answer)}`)
  return { url, keys: keysOf(objectOf(answer, url), () => unusable(url, 'is no JWK Set')) }
}

/** The keys of a set. @throws what `refusal` makes, if it is none. */
export function keysOf(set: Members, refusal: () => Error): readonly Members[] {
  if (!Array.isArray(set.keys)) throw refusal()
  return set.keys.filter(isObject)
}

const unusable = (url: string, why: string) =>
  new Unreachable(`${visible(url)} ${why}, so that there is no key to verify with.`)

/** A redirect is not followed: it would hand the issuer's word to somebody else. */
const whither = ({ headers }: OutwardResponse) => {
  const location = headers.get('location')
  return location === null ? '' : ` and leads to ${visible(location)}, which is not followed`
}

async function get(url: string, fetch: OutwardFetch, option: string): Promise<OutwardResponse> {
  try {
    return await fetch(url, { headers: { accept: 'application/json' } })
  } catch (cause) {
    if (!(cause instanceof OutwardFetchError)) throw cause
    const why = cause.detail ?? cause.message
    if (cause.code === 'url_refused') {
      const hint = 'Use an https URL; on loopback, http will do.'
      throw new ConfigError(option, `${visible(url)} is not fetched (${why}).`, hint)
    }
    throw new Unreachable(`The keys cannot be fetched. ${visible(why)}`, { cause })
  }
}

function objectOf({ body, headers }: OutwardResponse, url: string): Members {
  let found: unknown
  try {
    found = parseJson(body)
  } catch {
    const type = headers.get('content-type')
    throw unusable(url, `answered no JSON${type === null ? '' : ` but ${visible(type)}`}`)
  }
  if (isObject(found)) return found
  throw unusable(url, 'answered no JSON object')
}

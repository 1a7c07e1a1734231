/**
 * Request parameters in `application/x-www-form-urlencoded`, from a query or a body.
 *
 * Read more strictly than {@link URLSearchParams} does: what two parsers could read in two ways is
 * refused. There is no syntax for arrays or objects; `code[]` is a name like any other.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 | RFC 6749 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-B | RFC 6749 Appendix B}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { readRequestBody } from './request-body.ts'

/** No request of OAuth comes near this. */
const MAX_BYTES = 65_536
const MAX_PARAMETERS = 200

/** How parameters are read. */
export interface ParameterOptions {
  /** Names that may come more than once, such as `resource`; `all` leaves it to the caller to look. */
  readonly repeatable?: readonly string[] | 'all'
  /** Whether the URL that a form is sent to may have a query of its own. */
  readonly query?: 'refused' | 'allowed'
}

/** Parameters by name. One without a value counts as absent ({@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 | RFC 6749 §3.1}). */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }
}

/**
 * Reads a query (without its question mark) or a form body.
 *
 * @throws {OAuthError} `invalid_request` if a parameter is repeated or not well-formed UTF-8, or if
 * there is too much (413).
 */
export function parseParameters(encoded: string, options: ParameterOptions = {}): Parameters {
  const repeatable = options.repeatable ?? []
  const seen = new Set<string>()
  const values = new Map<string, string[]>()
  for (const [name, value] of parsePairs(encoded)) {
    if (seen.has(name) && repeatable !== 'all' && !repeatable.includes(name)) {
      throw new OAuthError('invalid_request', `${printable(name)} must not be sent more than once.`)
    }
    seen.add(name)
    if (value !== '') values.set(name, [...(values.get(name) ?? []), value])
  }
  return new Parameters(values)
}

/** How much is read. */
interface PairLimits {
  readonly maxLength: number
  readonly maxParameters: number
}

/**
 * Reads every name and value, in their order, those without a value among them.
 *
 * @throws {OAuthError} `invalid_request` if one is not well-formed UTF-8, or there is too much (413).
 */
export function parsePairs(
  encoded: string,
  limits: PairLimits = { maxLength: MAX_BYTES, maxParameters: MAX_PARAMETERS },
): readonly Pair[] {
  if (encoded.length > limits.maxLength) throw tooLarge()
  const pairs = encoded.split('&').filter((pair) => pair !== '')
  if (pairs.length > limits.maxParameters) throw tooLarge()
  return pairs.map(parsePair)
}

/**
 * Reads the form body of a request.
 *
 * @throws {OAuthError} `invalid_request` if the body is not a form or too large (413), if the URL has
 * parameters too, or as {@link parseParameters} does.
 */
export async function readForm(
  request: Request,
  options: ParameterOptions = {},
): Promise<Parameters> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new OAuthError(
      'invalid_request',
      'The request must have the content type application/x-www-form-urlencoded.',
    )
  }
  if (options.query !== 'allowed' && /\?./.test(request.url)) {
    throw new OAuthError('invalid_request', 'Parameters must be in the body, not in the URL.')
  }
  const bytes = await readRequestBody(request, MAX_BYTES)
  if (bytes === undefined) throw tooLarge()
  return parseParameters(decode(bytes), options)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw notWellFormed(cause)
  }
}

type Pair = readonly [name: string, value: string]

function parsePair(pair: string): Pair {
  const end = pair.indexOf('=')
  return end === -1
    ? [parseComponent(pair), '']
    : [parseComponent(pair.slice(0, end)), parseComponent(pair.slice(end + 1))]
}

function parseComponent(encoded: string): string {
  let decoded: string
  try {
    decoded = /[%+]/.test(encoded) ? decodeURIComponent(encoded.replaceAll('+', ' ')) : encoded
  } catch (cause) {
    throw notWellFormed(cause)
  }
  if (/[\0\p{Surrogate}]/u.test(decoded)) throw notWellFormed()
  return decoded
}

/** A name fit for `error_description`: whoever sends a parameter may not choose the words of an error. */
export function printable(name: string): string {
  return /^[\w.[\]-]{1,64}$/.test(name) ? name : 'A parameter'
}

const notWellFormed = (cause?: unknown) =>
  new OAuthError('invalid_request', 'The parameters are not form-encoded UTF-8.', { cause })

const tooLarge = () =>
  new OAuthError('invalid_request', 'The request has too many or too large parameters.', {
    status: 413,
  })

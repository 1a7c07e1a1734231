/**
 * The parameters that a signature covers: collected from the request, and written in the one way
 * that both sides sign.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3 | RFC 5849 §3.4.1.3}
 * @module
 */

import { percentEncode } from './percent-encoding.ts'

/** A name and a value, decoded. */
export type Parameter = readonly [name: string, value: string]

/**
 * Writes parameters in the one order and encoding that is signed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.2 | RFC 5849 §3.4.1.3.2}
 */
export function normalizeParameters(parameters: readonly Parameter[]): string {
  return parameters
    .map(([name, value]): Parameter => [percentEncode(name), percentEncode(value)])
    .sort(byNameAndValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Encoded text is ASCII, where the order of code units is that of bytes. */
const byNameAndValue = (a: Parameter, b: Parameter): number =>
  compare(a[0], b[0]) || compare(a[1], b[1])

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

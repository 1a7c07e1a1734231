/**
 * Where the protocol parameters go: into the header, the form or the query, and never into two of them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5 | RFC 5849 §3.5}
 * @module
 */

import { formatOAuth1Authorization } from '../../protocol/oauth1/authorization.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { percentEncode } from '../../protocol/oauth1/percent-encoding.ts'
import { isForm, type WholeRequest, withBody, withHeader } from './whole-request.ts'

/** The three places; a request that has no form takes the header instead of one. */
export type Placement = 'header' | 'form' | 'query'

/** What is to be placed. */
export interface Placed {
  /** Protocol parameters with their signature. */
  readonly parameters: readonly Parameter[]
  /** Nowhere but in the header. */
  readonly realm: string | undefined
}

type Place = (request: WholeRequest, placed: Placed) => WholeRequest

const header: Place = (request, { parameters, realm }) =>
  withHeader(
    request,
    'authorization',
    formatOAuth1Authorization({ parameters, ...(realm === undefined ? {} : { realm }) }),
  )

/** What was there stays byte for byte: it is signed as it was read. */
const form: Place = (request, placed) => {
  if (!isForm(request)) return header(request, placed)
  const before = request.body ?? new Uint8Array()
  const added = Buffer.from((before.length === 0 ? '' : '&') + encoded(placed))
  return withBody(request, Buffer.concat([before, added]))
}

const query: Place = (request, placed) => {
  const [url = '', fragment] = request.url.split('#', 2)
  const separator = url.includes('?') ? (/[?&]$/.test(url) ? '' : '&') : '?'
  const after = fragment === undefined ? '' : `#${fragment}`
  return { ...request, url: url + separator + encoded(placed) + after }
}

const encoded = ({ parameters }: Placed): string =>
  parameters.map((parameter) => parameter.map(percentEncode).join('=')).join('&')

const places: Readonly<Record<Placement, Place>> = { header, form, query }

/** The request with its protocol parameters. */
export const place = (request: WholeRequest, placement: Placement, placed: Placed): WholeRequest =>
  places[placement](request, placed)

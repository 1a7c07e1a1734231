/**
 * That a request was made by a script of the page itself, and by no other site with its user's cookie.
 *
 * A header that no form can set makes browsers ask first, and nobody is told yes. What the browser says
 * of the origin is looked at too.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} §6.1 on forged requests
 * @module
 */

import { refusal } from './answers.ts'

/** What a script of the page sends with each request. */
const HEADER = 'x-csrf'

/** The refusal of a request that another site may have made; nothing if the page made it. */
export function forgedBy({ headers }: Request, origin: string): Response | undefined {
  const site = headers.get('sec-fetch-site')
  const isElsewhere = site !== null && site !== 'same-origin'
  if (isElsewhere || (headers.get('origin') ?? origin) !== origin) {
    return refusal(403, 'cross_site', `Only pages of ${origin} may ask.`)
  }
  if (headers.get(HEADER) === '1') return undefined
  return refusal(403, 'csrf_header_missing', 'Send the header X-CSRF: 1 with every request.')
}

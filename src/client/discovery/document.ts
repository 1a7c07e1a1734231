/**
 * Fetching a document of metadata, without any credentials.
 *
 * @module
 */

import { ClientError } from '../errors.ts'
import { retryAfterOf } from '../retry-after.ts'
import { malformed, type Transport } from '../transport.ts'

/**
 * The document at a URL; nothing if there is none.
 *
 * @throws {ClientError} if it cannot be had now, or is no JSON.
 */
export async function readDocument(url: string, transport: Transport): Promise<unknown> {
  const headers = { accept: 'application/json' }
  const answer = await transport.send('oauth:discovery', url, { headers })
  if (answer.status === 200 && answer.json !== undefined) return answer.json
  if (answer.status === 429 || answer.status >= 500) {
    throw new ClientError('try_later', undefined, {
      detail: `${url} answered ${answer.status}`,
      retryAfter: retryAfterOf(answer.headers),
    })
  }
  // A page that is served for every path there is, is not a document.
  if (answer.status === 200 && !/^\s*</.test(answer.text)) throw malformed(url, 'not JSON')
  return undefined
}

/**
 * What the status of an HTTP server's answer means to the caller.
 *
 * Only what concerns the message itself is the caller's affair. That the server wants credentials,
 * is somewhere else or has failed is the operator's, and is one and the same 502.
 *
 * @module
 */

import { refusal } from '../refusal.ts'

/** Statuses that say something about the message. */
const aboutTheMessage = [400, 404, 405, 406, 409, 429]

/**
 * Refuses an answer that is none to the caller.
 *
 * @throws {RpcError} 502.
 */
export function checkUpstreamStatus(status: number): void {
  if (status < 300 || aboutTheMessage.includes(status)) return
  if (status < 400) {
    throw refusal(502, 'The server behind the gateway answered with a redirect.', {
      detail: `status ${status}: set url to where the server is`,
    })
  }
  const wantsCredentials = [401, 403, 407].includes(status)
  throw refusal(502, 'The server behind the gateway refused or failed.', {
    detail: `status ${status}${wantsCredentials ? ': it wants credentials of its own' : ''}`,
  })
}

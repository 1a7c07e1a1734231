/**
 * A handler of the form `(request) => Response` as a listener of `node:http`, for frameworks that stand
 * on it. What it throws is answered with 500.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Anything that answers requests of the web platform. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** Makes the listener. */
export function nodeListener(
  handler: FetchHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<unknown> {
  // Others in this process have the `Request` of the platform.
  return getRequestListener(handler, { overrideGlobalObjects: false })
}

/**
 * A fetch handler as a listener of `node:http`, for frameworks that stand on it.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { holdToLength } from '../../protocol/request-body.ts'

/** Anything that answers requests of the web platform. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** Makes the listener. What the handler throws goes to whoever called it. */
export function nodeListener(
  handler: FetchHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const listener = getRequestListener(
    (request) => {
      holdToLength(request)
      return handler(request)
    },
    {
      // Others in this process have the `Request` of the platform.
      overrideGlobalObjects: false,
      errorHandler: (error) => {
        throw error
      },
    },
  )
  return async (request, response) => void (await listener(request, response))
}

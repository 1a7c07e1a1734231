/**
 * Settings of running a server.
 *
 * @module
 */

import { z } from 'zod'
import { count, seconds } from '../settings.ts'

/** Spans for OpenTelemetry. */
const traceSettings = z.strictObject({
  callers: z
    .enum(['link', 'parent'])
    .default('link')
    .describe(
      'What the span of a caller is to ours: something to link to, or our parent. Say "parent" only behind a proxy that removes or replaces traceparent.',
    ),
  upstream: z
    .boolean()
    .default(false)
    .describe('Whether MCP servers at an address are told of the span, by traceparent.'),
})

/** What is told about spans. */
export type TraceSettings = z.output<typeof traceSettings>

/** How a server is run. */
export const operationsSettings = z.strictObject({
  load: z
    .strictObject({
      requests: count({ min: 1, max: 100_000 })
        .default(500)
        .describe(
          'Requests under way at once, beyond which the next is answered 503 unread. Pages are turned away at 80% of it, whatever matters less at 60%; keys, metadata and health never.',
        ),
      calls: count({ min: 1, max: 1_000_000 })
        .default(2_000)
        .describe('The same for calls to MCP servers, which wait for those. Streams do not count.'),
      delay: count({ min: 5, max: 10_000 })
        .meta({ unit: 'milliseconds' })
        .default(40)
        .describe(
          'How late the process may be with what has arrived. A lower value turns more away and answers the others sooner.',
        ),
    })
    .prefault({})
    .describe('How much is too much.'),
  metrics: z
    .strictObject({
      port: count({ min: 1, max: 65_535 }).describe('Where /metrics is served, and health too.'),
      host: z
        .string()
        .default('127.0.0.1')
        .describe(
          'The address to listen on. The numbers are for whoever can reach it: they name no one, and there is no sign-in.',
        ),
    })
    .optional()
    .describe('Serves numbers for Prometheus on a port of their own.'),
  traces: traceSettings
    .optional()
    .describe(
      'Hands spans to the OpenTelemetry API. Nothing comes of it unless the process has an OpenTelemetry SDK.',
    ),
  stop: z
    .strictObject({
      delay: seconds({ min: 0, max: 300 })
        .default(0)
        .describe(
          'How long a server that was told to stop goes on as before while /readyz says no: as long as your load balancer takes to notice.',
        ),
      grace: seconds({ min: 0, max: 600 })
        .default(15)
        .describe('How long requests may take to finish after that, before they are cut.'),
    })
    .prefault({})
    .describe('How a server stops.'),
})

/** What a server is told of its running. */
export type OperationsSettings = z.output<typeof operationsSettings>

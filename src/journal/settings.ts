/**
 * Settings of the audit log.
 *
 * @module
 */

import { z } from 'zod'
import { count, seconds } from '../settings.ts'
import { syslogSettings } from './exports/syslog-settings.ts'
import { signalSettings } from './signals/settings.ts'

const DAY = 86_400

/** What is recorded, for how long, where else it goes, and what happens when it cannot be. */
export const auditSettings = z.strictObject({
  retention: seconds({ min: DAY, max: 3_660 * DAY })
    .default(90 * DAY)
    .describe('How long an event is kept. A change is for events from then on.'),
  whenDown: z
    .enum(['continue', 'block'])
    .default('continue')
    .describe(
      'When events cannot be written: go on, and count those that find no room; or answer 503 until they can be. What changes state is recorded with the change, or does not happen, either way.',
    ),
  queue: count({ min: 100, max: 1_000_000 })
    .default(10_000)
    .describe('Events that may wait to be written: what changes no state is written in batches.'),
  refusals: count({ min: 1, max: 100_000 })
    .default(120)
    .describe(
      'Refusals of strangers that are kept a minute, a quarter of them from one source; the others are counted. Strangers choose how often they are refused, and must not fill the store. Exports get them all.',
    ),
  signals: signalSettings.prefault({}).describe('When to take something for an attack.'),
  syslog: syslogSettings.optional().describe('Sends each event to a syslog server (RFC 5424).'),
  otel: z
    .boolean()
    .default(false)
    .describe(
      'Hands each event to the OpenTelemetry logs API. Nothing comes of it unless the process has an OpenTelemetry SDK.',
    ),
})

/** What the audit log is told. */
export type AuditSettings = z.output<typeof auditSettings>

/**
 * Events as OpenTelemetry log records.
 *
 * Only the API is here. Where they go is decided by the SDK that the operator loads into the process
 * (`node --import ./telemetry.mjs …`); without one they go nowhere.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/logs/data-model/ | OpenTelemetry logs data model}
 * @module
 */

import { eventTypes, type WarderEvent } from '../../events.ts'
import type { Exporter } from './exporter.ts'

/** The numbers of the severities that events have (data model, “SeverityNumber”). */
const severities = { info: 9, warn: 13, error: 17 } as const

export const otel: Exporter = {
  name: 'otel',
  async open({ otel: isOn }) {
    if (!isOn) return undefined
    const { logs } = await import('@opentelemetry/api-logs')
    return {
      // Asked for each time: an SDK may be set up after us.
      write: (event) => logs.getLogger('warder').emit(recordOf(event)),
      close: async () => {},
    }
  },
}

/** The record of an event. The correlation id is ours; a trace id would be 16 bytes. */
function recordOf({ type, at, ...fields }: WarderEvent) {
  const { level, means } = eventTypes[type]
  return {
    eventName: `warder.${type}`,
    timestamp: at,
    severityNumber: severities[level],
    severityText: level.toUpperCase(),
    body: means,
    attributes: Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [`warder.${name}`, value]),
    ),
  }
}

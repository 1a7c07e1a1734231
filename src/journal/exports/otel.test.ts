import { type LogRecord, logs } from '@opentelemetry/api-logs'
import { afterEach, expect, it } from 'vitest'
import type { WarderEvent } from '../../events.ts'
import { systemTimers } from '../../timers.ts'
import { auditSettings } from '../settings.ts'
import { openExports } from './index.ts'

const event: WarderEvent = {
  id: '1',
  at: 1_767_225_600_000,
  type: 'token.reused',
  correlationId: 'c',
  count: 2,
}
const context = { timers: systemTimers, onWarning: () => {} }

afterEach(() => logs.disable())

/** An SDK that keeps what it is handed. */
function sdk(): LogRecord[] {
  const records: LogRecord[] = []
  const logger = { emit: (record: LogRecord) => void records.push(record), enabled: () => true }
  logs.setGlobalLoggerProvider({ getLogger: () => logger })
  return records
}

it('The export to OpenTelemetry hands over each event as a log record', async () => {
  const log = await openExports(auditSettings.parse({ otel: true }), context)
  // An SDK that is set up later is found too.
  const records = sdk()
  log.write(event)
  await log.close()
  expect(records).toEqual([
    {
      eventName: 'warder.token.reused',
      timestamp: event.at,
      severityNumber: 17,
      severityText: 'ERROR',
      body: 'An old refresh token came again; the family was revoked.',
      attributes: { 'warder.id': '1', 'warder.correlationId': 'c', 'warder.count': 2 },
    },
  ])
})

it('The export to OpenTelemetry is off unless it is asked for', async () => {
  const records = sdk()
  const log = await openExports(auditSettings.parse({}), context)
  log.write(event)
  expect(records).toEqual([])
})

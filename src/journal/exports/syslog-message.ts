/**
 * An event as a syslog message: the header, and the event as JSON.
 *
 * Structured data is left out: its names would need an enterprise number, and what reads syslog reads
 * JSON. The JSON is plain ASCII, so that it needs no byte order mark and holds no control character.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5424#section-6 | RFC 5424 §6}
 * @module
 */

import { eventTypes, type WarderEvent } from '../../events.ts'
import { facilities, type SyslogSettings } from './syslog-settings.ts'

/** Severities by level ({@link https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1 | §6.2.1}). */
const severities = { info: 6, warn: 4, error: 3 } as const

/** What of the header is the same for every message. */
export interface Sender extends Pick<SyslogSettings, 'facility'> {
  readonly hostname: string
  readonly processId: number
}

/** Longer messages are cut by some receivers and refused by others. */
const MAX_BYTES = 8_192
/** What a text is cut to in a message that would be longer. */
const CUT = 200

/** The message of an event, without framing. */
export function syslogMessage(event: WarderEvent, sender: Sender): string {
  const { level } = eventTypes[event.type]
  const priority = facilities[sender.facility] * 8 + severities[level]
  const time = new Date(event.at).toISOString()
  const header = `<${priority}>1 ${time} ${plain(sender.hostname, 255)} warder ${sender.processId} ${event.type} -`
  const whole = `${header} ${ascii(JSON.stringify(event))}`
  if (whole.length <= MAX_BYTES) return whole
  const cut = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, CUT) : value,
  ])
  return `${header} ${ascii(JSON.stringify(Object.fromEntries(cut)))}`
}

/** Printable ASCII without spaces, or the sign for nothing ({@link https://www.rfc-editor.org/rfc/rfc5424#section-6.2.4 | §6.2.4}). */
const plain = (text: string, length: number): string =>
  text.replace(/[^\x21-\x7e]/g, '').slice(0, length) || '-'

/** JSON with everything beyond ASCII, and DEL, escaped. */
const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * Where events go: lines for people on a terminal, JSON lines everywhere else.
 *
 * On stderr, so that what a command answers can be piped.
 *
 * @module
 */

import { styleText } from 'node:util'
import { pino } from 'pino'
import { type EventSink, eventTypes, type WarderEvent } from '../events.ts'

const colours = { info: 'dim', warn: 'yellow', error: 'red' } as const

/** A sink for events, fit for whoever reads stderr. */
export function logSink(): EventSink {
  return process.stderr.isTTY ? forPeople : forMachines()
}

/** C0, DEL, C1 and bidirectional controls: nothing that a terminal would obey. */
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

const plain = (text: string) => text.replace(CONTROLS, '\ufffd').slice(0, 400)

const forPeople: EventSink = (event) => {
  const { level, means } = eventTypes[event.type]
  const time = new Date(event.at).toISOString().slice(11, 19)
  const line = `${time}  ${event.type.padEnd(22)} ${details(event) || means}`
  const { NO_COLOR } = process.env
  process.stderr.write(`${NO_COLOR ? line : styleText(colours[level], line)}\n`)
}

/** The fields that tell one event of a type from another. */
function details(event: WarderEvent): string {
  const { id: _, at: __, type: ___, correlationId: ____, userAgent: _____, ...fields } = event
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${plain(String(value))}`)
    .join(' ')
}

function forMachines(): EventSink {
  const log = pino({ base: null, timestamp: false, messageKey: 'means' }, pino.destination(2))
  return ({ type, at, ...fields }) => {
    const { level, means } = eventTypes[type]
    log[level]({ at: new Date(at).toISOString(), type, ...fields }, means)
  }
}

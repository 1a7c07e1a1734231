/**
 * Where events go: lines for people on a terminal, JSON lines everywhere else.
 *
 * On stderr, so that what a command answers can be piped.
 *
 * @module
 */

import { styleText } from 'node:util'
import { pino } from 'pino'
import { type EventSink, eventTypes } from '../events.ts'
import { colours, eventLine } from './event-line.ts'

/** A sink for events, fit for whoever reads stderr. */
export function logSink(): EventSink {
  return process.stderr.isTTY ? forPeople : forMachines()
}

const forPeople: EventSink = (event) => {
  const { level } = eventTypes[event.type]
  const time = new Date(event.at).toISOString().slice(11, 19)
  const line = `${time}  ${eventLine(event)}`
  const { NO_COLOR } = process.env
  process.stderr.write(`${NO_COLOR ? line : styleText(colours[level], line)}\n`)
}

/**
 * Written when there is a page of it, after a tenth of a second, and when the process ends: to write each
 * line by itself takes longer than all the rest of what is done about an event. In bytes: as texts, all
 * that waits is copied and measured again for each line.
 */
const gathering = {
  ...{ dest: 2, sync: false, minLength: 4_096, periodicFlush: 100 },
  contentMode: 'buffer',
} as const

function forMachines(): EventSink {
  const options = { base: null, timestamp: false, messageKey: 'means' }
  const stderr = pino.destination(gathering)
  // Its type knows of texts only.
  const write = (line: string) => stderr.write(Buffer.from(line) as unknown as string)
  const log = pino(options, { write })
  return ({ type, at, ...fields }) => {
    const { level, means } = eventTypes[type]
    log[level]({ at: new Date(at).toISOString(), type, ...fields }, means)
  }
}

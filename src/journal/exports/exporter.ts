/**
 * What an export is: one more place that is told of every event, besides the log on stderr.
 *
 * An export is a copy, made as well as it can be without holding anyone up. The record is in the
 * store.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import type { Timers } from '../../timers.ts'
import type { AuditSettings } from '../settings.ts'

/** An export at work. */
export interface OpenExport {
  /** Takes an event. Never throws, never waits. */
  write(event: WarderEvent): void
  /** Sends what waits, within a moment. */
  close(): Promise<void>
}

/** What an export is given. */
export interface ExportContext {
  readonly timers: Timers
  /** Told of what an operator should know and mend. */
  onWarning(warning: string): void
}

/** A kind of export. */
export interface Exporter {
  readonly name: string
  /** Opens it, if the settings ask for it. */
  open(settings: AuditSettings, context: ExportContext): Promise<OpenExport | undefined>
}

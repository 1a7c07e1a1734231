/**
 * The audit log: what happens is told, kept, sealed and can be checked.
 *
 * @module
 */

export type { ExportContext, OpenExport } from './exports/exporter.ts'
export { openExports } from './exports/index.ts'
export { createJournal, type Journal, type JournalOptions } from './journal.ts'
export { type EventSelection, readEvents, typesMeant } from './read.ts'
export { type AuditSettings, auditSettings } from './settings.ts'
export type { Signals } from './signals/index.ts'
export { type Break, type Verification, type VerifyOptions, verifyLog } from './verify.ts'

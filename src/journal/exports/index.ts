/**
 * The exports. One more is one more file and one more line here.
 *
 * @module
 */

import type { AuditSettings } from '../settings.ts'
import type { ExportContext, Exporter, OpenExport } from './exporter.ts'
import { otel } from './otel.ts'
import { syslog } from './syslog.ts'

/** Every kind of export. */
const exporters: readonly Exporter[] = [syslog, otel]

/** Opens the exports that the settings ask for, as one. */
export async function openExports(
  settings: AuditSettings,
  context: ExportContext,
): Promise<OpenExport> {
  const opened = await Promise.all(exporters.map((each) => each.open(settings, context)))
  const open = opened.filter((each) => each !== undefined)
  return {
    write(event) {
      for (const each of open) each.write(event)
    },
    async close() {
      await Promise.all(open.map((each) => each.close()))
    },
  }
}

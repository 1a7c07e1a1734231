/**
 * The operator's side of pinned tools: what servers made of them, and saying yes to it.
 *
 * @module
 */

import { eventMaker } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import { type Store, update } from '../store/store.ts'
import type { PinnedTool } from '../store/tables.ts'

/** Looks after the pinned tools of all mounts. */
export interface ToolApprovals {
  /** The tools of the mounts of that name, or of all; by resource and name. */
  list(server?: string): Promise<readonly PinnedTool[]>
  /**
   * Approves what a server has made of a tool. Running gateways know of it in a few seconds.
   *
   * @param tool - As it was looked at: what became of it since is not approved.
   * @returns Whether it is still that.
   */
  approve(tool: PinnedTool): Promise<boolean>
}

/** Rows read at a time. */
const PAGE = 500

/** Looks after the pinned tools in a store. */
export function toolApprovals(
  store: Pick<Store, 'list' | 'write'>,
  platform: Platform,
): ToolApprovals {
  const make = eventMaker(platform, newCorrelationId(platform))
  return {
    async list(server) {
      const where = server === undefined ? {} : { server }
      const all: PinnedTool[] = []
      for (;;) {
        const after = all.at(-1)?.id
        const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
        const rows = await store.list('tools', where, page)
        all.push(...rows)
        if (rows.length < PAGE) return all
      }
    },
    async approve({ id, server, resource, tool, approvedHash, pendingHash, pending }) {
      const now = platform.now()
      const approved = pendingHash === null ? {} : { approvedHash: pendingHash, approved: pending }
      const set = { ...approved, pendingHash: null, pending: null, approvedAt: now, changedAt: now }
      return store.write(
        [update('tools', { id, approvedHash, pendingHash }, set)],
        [make('tool.approved', { server, resource, tool })],
      )
    },
  }
}

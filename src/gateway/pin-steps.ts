/**
 * What is written of a tool when it is first listed, changes, or goes back.
 *
 * Each is one conditional change with its event, so that of several processes that see the same one
 * records it, and an operator's approval is never overwritten by what was read before it.
 *
 * @module
 */

import type { EventMaker, WarderEvent } from '../events.ts'
import type { JsonObject } from '../protocol/json-rpc.ts'
import { type Change, insert, update } from '../store/store.ts'
import type { PinnedTool } from '../store/tables.ts'
import type { Pin } from './pin-cache.ts'
import { differingMembers, type ListedTool } from './tool-definition.ts'

/** One change of one pin. */
export interface PinStep {
  readonly tool: string
  readonly change: Change
  readonly events: readonly WarderEvent[]
  /** What it makes of the pin. */
  readonly pin: Pin
}

/** Whose tool it is, and who was to be shown it. */
interface Sighting {
  readonly server: string
  readonly resource: string
  readonly subject: string
  readonly clientId: string
}

/** What every step is made with. */
export interface StepContext {
  readonly sighting: Sighting
  readonly now: number
  readonly make: EventMaker
}

/** Larger definitions are compared, but cannot be shown to an operator. */
const MAX_CHARS = 16_384

const kept = (definition: JsonObject) =>
  JSON.stringify(definition).length > MAX_CHARS ? null : definition

/** The key of a pin. No resource has a space in it. */
export const pinId = (resource: string, tool: string): string => `${resource} ${tool}`

/** Pins a tool that nobody has listed before; `other` if it was listed twice, and differently. */
export function pinned(
  first: ListedTool,
  other: ListedTool | undefined,
  { sighting, now, make }: StepContext,
): PinStep {
  const { resource, server } = sighting
  const { tool, hash: approvedHash, definition } = first
  const pin = { approvedHash, pendingHash: other?.hash ?? null, changedAt: now }
  const row = {
    id: pinId(resource, tool),
    ...{ resource, server, tool },
    ...pin,
    approved: kept(definition),
    pending: other === undefined ? null : kept(other.definition),
    seenAt: now,
    approvedAt: null,
  }
  const reason = 'listed twice, and differently'
  const events = other === undefined ? [] : [make('tool.changed', { ...sighting, tool, reason })]
  return { tool, change: insert('tools', row), events, pin }
}

/** Records that a tool is not what was `approved`, for an operator to look at. */
export function changed(
  before: Pin,
  { tool, hash: pendingHash, definition }: ListedTool,
  { approved, sighting, now, make }: StepContext & Pick<PinnedTool, 'approved'>,
): PinStep {
  const { approvedHash } = before
  const reason =
    approved === null
      ? {}
      : { reason: `another ${differingMembers(approved, definition).join(', ')}` }
  return {
    tool,
    change: update('tools', unchanged(before, tool, sighting), {
      pendingHash,
      pending: kept(definition),
      changedAt: now,
    }),
    events: [make('tool.changed', { ...sighting, tool, ...reason })],
    pin: { approvedHash, pendingHash, changedAt: now },
  }
}

/** Records that a tool is what was approved, again. */
export function restored(before: Pin, tool: string, { sighting, now, make }: StepContext): PinStep {
  const set = { pendingHash: null, pending: null, changedAt: now }
  return {
    tool,
    change: update('tools', unchanged(before, tool, sighting), set),
    events: [make('tool.restored', { ...sighting, tool })],
    pin: { approvedHash: before.approvedHash, pendingHash: null, changedAt: now },
  }
}

/** As it was when it was decided what to write. */
const unchanged = ({ approvedHash, pendingHash }: Pin, tool: string, { resource }: Sighting) => ({
  id: pinId(resource, tool),
  approvedHash,
  pendingHash,
})

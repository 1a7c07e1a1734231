/**
 * The steps that keys take, each as one conditional write with its events.
 *
 * A step is decided from keys as they were read and names what it saw, so that of several processes
 * exactly one takes it.
 *
 * @module
 */

import type { EventMaker, WarderEvent } from '../../../events.ts'
import {
  type Change,
  insert,
  removeAll,
  update,
  updateAll,
  type Where,
} from '../../../store/store.ts'
import type { Fact, SigningKey } from '../../../store/tables.ts'
import type { KeyMaterial } from './key-material.ts'
import type { KeyPolicy } from './key-policy.ts'
import { signingChain } from './key-states.ts'

/** What is written at once, or not at all. */
export interface KeyStep {
  readonly changes: readonly Change[]
  readonly events: readonly WarderEvent[]
}

/** What every step is taken with. */
export interface StepContext {
  readonly policy: KeyPolicy
  readonly event: EventMaker
  readonly now: number
}

/** The fact that names the first key of the chain: the lock that two first starts meet at. */
export const CHAIN = 'first-signing-key'

/** The first key signs at once: nobody has a copy of a key set yet. */
export function begin(key: KeyMaterial, begun: Fact | undefined, context: StepContext): KeyStep {
  const value = key.id
  const lock =
    begun === undefined
      ? insert('facts', { id: CHAIN, value })
      : update('facts', { id: CHAIN, value: begun.value }, { value })
  return started(key, [lock], context)
}

/** The current key gets a successor, which takes over at a time. */
export function succeed(
  key: KeyMaterial,
  { current, at }: { readonly current: SigningKey; readonly at: number },
  { policy, event, now }: StepContext,
): KeyStep {
  const { tokenLife } = policy
  const row = { ...newRow(key, now), tokenLife, signsFrom: at, activatedAt: null }
  return {
    changes: [
      update('signingKeys', asRead(current), { signsUntil: at }),
      insert('signingKeys', row),
    ],
    events: [event('key.created', { keyId: key.id })],
  }
}

/** The next key takes over sooner than planned. */
export function hasten(
  { current, next }: { readonly current: SigningKey; readonly next: SigningKey },
  at: number,
  { event }: StepContext,
): KeyStep {
  return {
    changes: [
      update('signingKeys', asRead(current), { signsUntil: at }),
      update('signingKeys', asRead(next), { signsFrom: at }),
    ],
    events: [event('key.hastened', { keyId: next.id })],
  }
}

/** Whether withdrawing a key leaves nobody to sign, so that a new key must be there first. */
export function leavesNone(key: SigningKey, keys: readonly SigningKey[], now: number): boolean {
  const chain = signingChain(keys, now)
  return chain.length === 1 && chain[0]?.id === key.id
}

/**
 * A key is withdrawn. If it signs, the one after it does so at once; if it was to sign, the one
 * before it goes on.
 *
 * @param successor - A new key, needed where the key {@link leavesNone}.
 */
export function retire(
  key: SigningKey,
  keys: readonly SigningKey[],
  context: StepContext & { readonly successor?: KeyMaterial },
): KeyStep {
  const { now, event, successor } = context
  const chain = signingChain(keys, now)
  const place = chain.findIndex(({ id }) => id === key.id)
  const [before, after] = [chain[place - 1], chain[place + 1]]
  const followUp = (): KeyStep | undefined => {
    if (place < 0) return undefined
    if (before !== undefined) return joined(before, key.signsUntil)
    if (after !== undefined) return promoted(after, context)
    return successor === undefined ? undefined : started(successor, [], context)
  }
  const { changes = [], events = [] } = followUp() ?? {}
  return {
    changes: [update('signingKeys', asRead(key), { retiredAt: now }), ...changes],
    events: [event('key.retired', { keyId: key.id }), ...events],
  }
}

/** The first process that sees a key sign says so. */
export function noteActivation(key: SigningKey, { event, now }: StepContext): KeyStep {
  return {
    changes: [update('signingKeys', { ...asRead(key), activatedAt: null }, { activatedAt: now })],
    events: [event('key.activated', { keyId: key.id })],
  }
}

/** What a key signs from now on may live longer than what it has signed. */
export function prolong({ policy: { tokenLife } }: StepContext): KeyStep {
  const shorter = { retiredAt: null, tokenLife: { atMost: tokenLife - 1 } }
  return { changes: [updateAll('signingKeys', shorter, { tokenLife })], events: [] }
}

/** A key whose time is over goes, and its private half with it. */
export function remove({ id, tokenLife }: SigningKey, { event }: StepContext): KeyStep {
  return {
    // The update only asks that the row is as it was, so that one process removes and says so.
    changes: [update('signingKeys', { id, tokenLife }, {}), removeAll('signingKeys', { id })],
    events: [event('key.removed', { keyId: id })],
  }
}

const newRow = (key: KeyMaterial, now: number) => ({
  ...key,
  createdAt: now,
  signsUntil: null,
  retiredAt: null,
})

/** A new key that signs from now on. */
function started(
  key: KeyMaterial,
  changes: readonly Change[],
  { policy: { tokenLife }, event, now }: StepContext,
): KeyStep {
  const row = { ...newRow(key, now), tokenLife, signsFrom: now, activatedAt: now }
  const fields = { keyId: key.id }
  return {
    changes: [...changes, insert('signingKeys', row)],
    events: [event('key.created', fields), event('key.activated', fields)],
  }
}

/** A waiting key signs from now on. */
const promoted = (key: SigningKey, { event, now }: StepContext): KeyStep => ({
  changes: [update('signingKeys', asRead(key), { signsFrom: now, activatedAt: now })],
  events: [event('key.activated', { keyId: key.id })],
})

/** A key goes on signing until the one after its lost successor. */
const joined = (key: SigningKey, signsUntil: number | null): KeyStep => ({
  changes: [update('signingKeys', asRead(key), { signsUntil })],
  events: [],
})

/** The key, unless someone has changed its times. */
const asRead = ({ id, signsFrom, signsUntil }: SigningKey): Where<'signingKeys'> => ({
  id,
  signsFrom,
  signsUntil,
  retiredAt: null,
})

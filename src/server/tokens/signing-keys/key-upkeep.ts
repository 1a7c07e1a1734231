/**
 * Keeping the keys in time: the first one, the next one, and what is over.
 *
 * Every process does this. What one of them has written, the others find done.
 *
 * @module
 */

import { eventMaker } from '../../../events.ts'
import { newCorrelationId } from '../../../platform.ts'
import type { SigningKey } from '../../../store/tables.ts'
import { type KeySource, listKeys } from './key-copy.ts'
import { makeKey } from './key-material.ts'
import { type KeySettings, keyPolicy } from './key-policy.ts'
import { dueSteps, dueTakeover, needLonger, type Takeover } from './key-schedule.ts'
import { signingChain } from './key-states.ts'
import {
  begin,
  CHAIN,
  hasten,
  type KeyStep,
  prolong,
  type StepContext,
  succeed,
} from './key-steps.ts'

/** What the keys lean on. */
export interface SigningKeyContext extends KeySource {
  readonly settings: KeySettings
}

/** What the steps of this moment are taken with. */
export function stepContext({ platform, settings }: SigningKeyContext): StepContext {
  return {
    policy: keyPolicy(settings),
    event: eventMaker(platform, newCorrelationId(platform)),
    now: platform.now(),
  }
}

/** Makes the first key if there is none that signs. Of several processes one does. */
export async function beginChain(context: SigningKeyContext): Promise<void> {
  const { store, vault } = context
  // Read before the keys: whoever began in between has changed it, and so comes first.
  const begun = await store.find('facts', { id: CHAIN })
  const step = stepContext(context)
  if (signingChain(await listKeys(store), step.now).length > 0) return
  const { changes, events } = begin(await makeKey(step.policy, vault), begun, step)
  await store.write(changes, events)
}

/** Keeps keys for as long as what this process signs lives. Answers whether that changed any. */
export async function keepLonger(
  keys: readonly SigningKey[],
  context: SigningKeyContext,
): Promise<boolean> {
  const step = stepContext(context)
  if (!needLonger(keys, step)) return false
  return context.store.write(prolong(step).changes)
}

/** Takes the steps that are due. Answers whether any was. */
export async function keepInTime(
  keys: readonly SigningKey[],
  context: SigningKeyContext,
): Promise<boolean> {
  const step = stepContext(context)
  const takeover = dueTakeover(keys, step)
  const steps = [
    ...dueSteps(keys, step),
    ...(takeover === undefined ? [] : [await handOver(takeover, context, step)]),
  ]
  for (const { changes, events } of steps) await context.store.write(changes, events)
  return steps.length > 0
}

async function handOver(
  { current, next, at }: Takeover,
  { vault }: SigningKeyContext,
  step: StepContext,
): Promise<KeyStep> {
  if (next !== undefined) return hasten({ current, next }, at, step)
  return succeed(await makeKey(step.policy, vault), { current, at }, step)
}

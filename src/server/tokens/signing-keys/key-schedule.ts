/**
 * Which steps are due at a moment. Nothing is written here.
 *
 * @module
 */

import type { SigningKey } from '../../../store/tables.ts'
import { CLOCKS_APART } from './key-policy.ts'
import { isOver, signingChain } from './key-states.ts'
import { type KeyStep, noteActivation, prolong, remove, type StepContext } from './key-steps.ts'

/** A handover: when, from which key, and to which, if that is there already. */
export interface Takeover {
  readonly current: SigningKey
  readonly next: SigningKey | undefined
  readonly at: number
}

/** The handover that it is time to decide on, if any. */
export function dueTakeover(
  keys: readonly SigningKey[],
  { policy, now }: StepContext,
): Takeover | undefined {
  const [current, next] = signingChain(keys, now)
  if (current === undefined) return undefined
  // Then this clock is behind, or another was ahead. What it decided would be long past for others.
  if (current.signsFrom > now + CLOCKS_APART) return undefined
  const at = now + policy.lead
  const isOld = current.signsFrom + policy.rotateEvery <= at
  // A clock that was years ahead must not put the rotation off for years.
  const isDue =
    next === undefined
      ? isOld || current.alg !== policy.alg
      : isOld && next.signsFrom > at + policy.rotateEvery
  return isDue ? { current, next, at } : undefined
}

/** The steps that are due and need no new key. */
export function dueSteps(keys: readonly SigningKey[], context: StepContext): readonly KeyStep[] {
  const { now } = context
  const [current] = signingChain(keys, now)
  const isNew = current?.activatedAt === null && current.signsFrom <= now
  return [
    ...(needLonger(keys, context) ? [prolong(context)] : []),
    ...(isNew ? [noteActivation(current, context)] : []),
    ...keys.filter((key) => isOver(key, now)).map((key) => remove(key, context)),
  ]
}

/** Whether a key is kept for a shorter time than what is signed here lives. */
export const needLonger = (keys: readonly SigningKey[], { policy }: StepContext): boolean =>
  keys.some((key) => key.retiredAt === null && key.tokenLife < policy.tokenLife)

/**
 * How far a process is behind with what it was asked: how late a timer is that should have gone off.
 *
 * Between two rounds of the event loop everything that has arrived is dealt with, so whoever is met
 * late in a round has waited for all before. One late round is none: something took long, or memory
 * was tidied up. Only when one follows the other is there more to do than can be done. There is a
 * timer only while somebody asks.
 *
 * @module
 */

import { systemTimers, type Timers } from '../timers.ts'
import { monotonic as clock } from './monotonic.ts'

/** How soon the timer should go off, in milliseconds. */
const SOON = 10
/** A round that is later than this is late: longer than a full round takes that nobody minds. */
const LATE = 25
/** Whoever is among the first of a round waited for few: a process that gets no time has no queue. */
const FIRST = 32
/** For how long one round must be late after the other before it counts. */
const LASTING = 200

/** Measures the lag. */
export interface Lag {
  /** Milliseconds; 0 unless it lasts. */
  read(): number
}

/** What lag is measured with. */
export interface LagOptions {
  readonly timers?: Timers
  /** Milliseconds that nobody sets back. */
  readonly monotonic?: () => number
}

/** A meter for a process that does nothing but serve. */
export function lagMeter({ timers = systemTimers, monotonic = clock }: LagOptions = {}): Lag {
  let due: number | undefined
  /** When the timer went off last. */
  let last = 0
  /** Since when every round was late. */
  let lateSince: number | undefined
  /** How many asked in this round. */
  let asked = 0

  const goOff = (soon: number) => {
    const now = monotonic()
    if (now - soon < LATE) lateSince = undefined
    else lateSince ??= soon
    due = undefined
    last = now
    asked = 0
  }
  const arm = (now: number): number => {
    // Nobody asked for a while, so nobody waited.
    if (now - last > LASTING) lateSince = undefined
    const soon = now + SOON
    due = soon
    timers.after(SOON, () => goOff(soon))
    return soon
  }
  return {
    read() {
      const now = monotonic()
      asked += 1
      const lag = now - (due ?? arm(now))
      const lasts = lateSince !== undefined && now - lateSince >= LASTING
      return lasts && asked > FIRST ? Math.max(0, lag) : 0
    },
  }
}

/** Of a process that does other things too, whose lag says nothing about its requests. */
export const noLag: Lag = { read: () => 0 }

/**
 * How far a process is behind with what it was asked: how late somebody would be dealt with who comes
 * when a timer should have gone off, and waits for those who wait already.
 *
 * One late round is none: something took long, many came at once, or memory was tidied up. Only when one
 * follows the other is there more to do than can be done. There is a timer only while somebody asks.
 *
 * Calls to MCP servers come in bursts: an agent that asks for two hundred things at once is no attack,
 * and a call that was turned away is an action that failed. They may keep the process late for seconds;
 * requests of which there are few are not turned away for it.
 *
 * @module
 */

import { monotonic as clock } from '../monotonic.ts'
import { systemTimers, type Timers } from '../timers.ts'
import type { Gathering } from './gathering.ts'

/** How soon the timer should go off, in milliseconds. */
const SOON = 10
/** A round that is later than this is late: longer than what comes at once may take, and nobody minds. */
const LATE = 25
/** Whoever is among the first to ask waited for few: a process that gets no time has no queue. */
const FIRST = 32
/** For how long one round must be late after the other before it counts. */
const LASTING: Readonly<Record<Kind, number>> = { requests: 200, calls: 5_000 }
/** Without anybody who asks for so long, nobody waited. */
const QUIET = 200

/** What is counted, and may be turned away, by itself. */
export type Kind = 'requests' | 'calls'

/** Measures the lag. */
export interface Lag {
  /** Milliseconds; 0 unless it lasts, and for the first of each kind since it was measured. */
  read(kind: Kind): number
  /** How late it was when it was measured last, in milliseconds; 0 while nobody asks. */
  latest(): number
}

/** What lag is measured with. */
export interface LagOptions {
  readonly timers?: Timers
  /** Milliseconds that nobody sets back. */
  readonly monotonic?: () => number
}

/** A meter for a process that does nothing but serve those who go through `gathered`. */
export function lagMeter(
  gathered: Gathering,
  { timers = systemTimers, monotonic = clock }: LagOptions = {},
): Lag {
  let due: number | undefined
  /** When those were dealt with who went on last with the timer. */
  let last = 0
  let lateness = 0
  /** Since when every round was late. */
  let lateSince: number | undefined
  /** How many asked since the timer, or who waited with it, went on. */
  let asked = { requests: 0, calls: 0 }

  const goOff = (soon: number) => {
    const now = monotonic()
    lateness = Math.max(0, now - soon)
    if (lateness < LATE) lateSince = undefined
    // From its end: one late round, however long, does not last.
    else lateSince ??= now
    due = undefined
    last = now
    asked = { requests: 0, calls: 0 }
    // Those who go on with it have yet to be dealt with, and nobody can ask meanwhile.
    timers.after(0, () => {
      last = monotonic()
    })
  }
  const arm = (now: number): number => {
    // Nobody asked for a while, so nobody waited.
    if (now - last > QUIET) lateSince = undefined
    const soon = now + SOON
    due = soon
    timers.after(SOON, async () => {
      asked = { requests: 0, calls: 0 }
      await gathered()
      goOff(soon)
    })
    return soon
  }
  return {
    read(kind) {
      const now = monotonic()
      asked[kind] += 1
      // The one before was late; or this one is already.
      const lag = Math.max(now - (due ?? arm(now)), lateness)
      const lasts = lateSince !== undefined && now - lateSince >= LASTING[kind]
      return lasts && asked[kind] > FIRST ? Math.max(0, lag) : 0
    },
    latest() {
      const now = monotonic()
      if (due !== undefined) return Math.max(lateness, now - due)
      return now - last > QUIET ? 0 : lateness
    },
  }
}

/** Of a process that does other things too, whose lag says nothing about its requests. */
export const noLag: Lag = { read: () => 0, latest: () => 0 }

/** How the lag is measured of those who go through the gathering. */
export type LagMeter = (gathered: Gathering) => Lag

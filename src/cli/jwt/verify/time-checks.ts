/**
 * The checks of when a token is good.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 | RFC 7519 §4.1.4 to 4.1.6}
 * @module
 */

import { checkTimes } from '../../../protocol/jwt-claims.ts'
import type { Members } from '../compact.ts'
import { dates } from '../registered.ts'
import { absoluteTime, dateMistake, numericDate, relativeTime } from '../times.ts'
import { type Checked, type MakeCheck, shown } from './checked.ts'
import { reasonOf } from './verdict.ts'

/** Times that are good at any time, for those that are not looked at. */
const ALWAYS: Members = { iat: 0, exp: 253_402_300_799 }

/** How far clocks are apart where nobody sets them. */
const PLAUSIBLE = 300

type Time = 'exp' | 'iat' | 'nbf'

/** Makes the check of one time. */
export const timeCheck =
  (name: Time): MakeCheck =>
  async ({ read, expected: { now, tolerance } }) => {
    const value = read.claims?.[name]
    if (name === 'nbf' && value === undefined) return { outcome: 'not made', note: 'it says none' }
    const at = numericDate(value)
    if (at === undefined) return malformed(value)
    const claims = { ...ALWAYS, [name]: at }
    const reason = await reasonOf(() => checkTimes(claims, { now: () => now, tolerance }))
    return held({ name, at, seconds: now / 1000, tolerance, isGood: reason === undefined })
  }

interface Held {
  readonly name: Time
  readonly at: number
  /** Now. */
  readonly seconds: number
  readonly tolerance: number
  /** For the verifier. */
  readonly isGood: boolean
}

function held({ name, at, seconds, tolerance, isGood }: Held): Checked {
  const { past = '', future = '' } = dates.get(name) ?? {}
  const words = `${at > seconds ? future : past} ${relativeTime(at, seconds)}`.trim()
  const says = `${words}, ${absoluteTime(at)}`
  const off = name === 'exp' ? seconds - at : at - seconds
  if (!isGood) {
    const expected = `${name === 'exp' ? 'later than' : 'not after'} ${absoluteTime(seconds)}`
    return { outcome: 'failed', says, expected, ...clocks(off, tolerance) }
  }
  const isTolerated = name === 'exp' ? off >= 0 : off > 0
  return isTolerated
    ? { outcome: 'ok', says, note: `by the tolerance of ${tolerance} s` }
    : { outcome: 'ok', says }
}

function malformed(value: unknown): Checked {
  if (value === undefined) return { outcome: 'failed', note: 'missing' }
  return {
    outcome: 'failed',
    says: shown(value),
    note: `is ${dateMistake(value)}`,
  }
}

/** Little enough to be the fault of a clock. */
const clocks = (off: number, tolerance: number) =>
  off > PLAUSIBLE
    ? {}
    : { note: `${Math.ceil(off)} s off, and ${tolerance} s are tolerated: compare the clocks` }

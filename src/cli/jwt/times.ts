/**
 * Times in words, beside the time itself: nobody reads seconds since 1970.
 *
 * @module
 */

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

/** From where on each unit is used, the largest first; 90 seconds say more than 2 minutes. */
const units = [
  { from: 730 * DAY, unit: 'year', seconds: 365 * DAY },
  { from: 60 * DAY, unit: 'month', seconds: 30 * DAY },
  { from: 36 * HOUR, unit: 'day', seconds: DAY },
  { from: 90 * MINUTE, unit: 'hour', seconds: HOUR },
  { from: 90, unit: 'minute', seconds: MINUTE },
]

const inSeconds = { unit: 'second', seconds: 1 }

/** A duration in seconds, in the one unit that fits: “3 minutes”. */
export function durationInWords(seconds: number): string {
  const { unit, seconds: size } = units.find(({ from }) => Math.abs(seconds) >= from) ?? inSeconds
  const count = Math.round(Math.abs(seconds) / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** When something is, seen from now: “3 minutes ago”, “in 3 minutes”. Both in seconds. */
export function relativeTime(at: number, now: number): string {
  if (Math.abs(at - now) < 2) return 'just now'
  const words = durationInWords(at - now)
  return at > now ? `in ${words}` : `${words} ago`
}

/** 9999-12-31, the last day that dates are written for. */
const LAST_DATE = 253_402_300_799

/** Seconds since the epoch, if that is what a claim holds. */
export const numericDate = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 && value <= LAST_DATE ? value : undefined

/** A time to the second. */
export const absoluteTime = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** What may be wrong with something that should be a date; nothing if nobody can tell. */
export function dateMistake(value: unknown): string | undefined {
  if (typeof value === 'string') return 'a text; it must be a number of seconds'
  if (typeof value !== 'number') return 'no number; it must be the seconds since 1970'
  if (numericDate(value / 1000) !== undefined && value > LAST_DATE) {
    return `milliseconds (${absoluteTime(value / 1000)}); it must be seconds`
  }
  return numericDate(value) === undefined ? 'no date that there is' : undefined
}

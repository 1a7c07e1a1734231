/**
 * Times as people say them: "3 minutes ago", "30 days", "14:03 UTC".
 *
 * Clock times are in UTC because a page without a script cannot know where its reader is.
 *
 * @module
 */

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A length of time in its largest unit, rounded down: 5400 seconds are "1 hour". */
export function durationText(seconds: number): string {
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size)
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`
  }
  return 'less than a second'
}

/** How long ago a time was; both in milliseconds since the epoch. */
export function agoText(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000)
  return seconds < 10 ? 'just now' : `${durationText(seconds)} ago`
}

/** The clock time, in UTC. */
export function clockText(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`
}

/**
 * Durations and moments as people type them: how long, how long ago or from now, or a date.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const DURATION = /^(-?\d{1,9})([smhd])$/

/** More than anybody means, and still a date when it is added to one: 999,999 days. */
const LONGEST_MS = 999_999 * 86_400_000

/** The milliseconds of a duration; nothing if it is none. */
function durationOf(text: string): number | undefined {
  const [, count, unit = ''] = DURATION.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (units[unit] ?? 0)
}

/**
 * The seconds of `15m`, `2h` or `7d`; of `-5m` for what is over.
 *
 * @throws {ConfigError} if it is no duration.
 */
export function parseDuration(text: string, option: string): number {
  const duration = durationOf(text)
  if (duration !== undefined) return duration / 1000
  throw new ConfigError(option, 'is no duration.', 'Write it as in 30s, 15m, 2h or 7d.')
}

/**
 * The time that an option means: `15m`, `2h` or `7d` ago, or a date and time in ISO 8601.
 *
 * @returns Milliseconds since the epoch.
 * @throws {ConfigError} if it is neither.
 */
export function parseMoment(text: string, now: number, option: string): number {
  const moment = momentOf(text, (span) => now - span)
  if (moment !== undefined) return moment
  throw new ConfigError(
    option,
    'is no time.',
    'Write how long ago, as in 15m, 2h or 7d, or a date, as in 2026-01-31T12:00Z.',
  )
}

/**
 * The time at which something is to end: in `15m`, `2h` or `7d`, or at a date and time in ISO 8601.
 *
 * @returns Milliseconds since the epoch.
 * @throws {ConfigError} if it is neither.
 */
export function parseEnd(text: string, now: number, option: string): number {
  const moment = momentOf(text, (span) => now + span)
  if (moment !== undefined) return moment
  throw new ConfigError(
    option,
    'is no time.',
    'Write how long from now, as in 12h or 90d, or a date, as in 2026-12-31T12:00Z.',
  )
}

function momentOf(text: string, from: (span: number) => number): number | undefined {
  const duration = durationOf(text)
  if (duration !== undefined) {
    return duration >= 0 && duration <= LONGEST_MS ? from(duration) : undefined
  }
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

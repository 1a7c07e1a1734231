/**
 * How far the clocks of services are from this one, learnt when they refuse a timestamp.
 *
 * What a service says is believed for its own origin alone, and only where nobody on the way could
 * have said it: a signature of tomorrow is worth something to whoever listens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.3 | RFC 5849 §3.3}
 * @module
 */

import type { Platform } from '../../platform.ts'
import { isOnThisMachine } from '../outward-url.ts'
import { problemOf, type RefusingAnswer } from './problem.ts'

/** The clocks of the services that one client calls. */
export interface ServerClocks {
  /** In seconds, to add to the time of this machine. */
  offsetOf(url: string): number
  /** Whether the answer refuses the timestamp and says a time that is worth another attempt. */
  learn(url: string, answer: RefusingAnswer): boolean
}

/** One client calls few services; the oldest is forgotten first. */
const MOST_ORIGINS = 100

/** Makes what remembers them. */
export function serverClocks(platform: Platform): ServerClocks {
  const offsets = new Map<string, number>()
  const offsetOf = (url: string) => offsets.get(new URL(url).origin) ?? 0

  return {
    offsetOf,
    learn(url, answer) {
      if (problemOf(answer) !== 'timestamp_refused') return false
      if (!url.startsWith('https:') && !isOnThisMachine(url)) return false
      const date = Date.parse(answer.headers.get('date') ?? '')
      const offset = Math.round((date - platform.now()) / 1000)
      // Nothing new: it is not the clock, or there was no date.
      if (!(date > 0) || offset === offsetOf(url)) return false
      const { origin } = new URL(url)
      const [oldest] = offsets.keys()
      if (offsets.size >= MOST_ORIGINS && oldest !== undefined) offsets.delete(oldest)
      offsets.set(origin, offset)
      return true
    },
  }
}

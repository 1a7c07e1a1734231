/**
 * What there may be to know about a token.
 *
 * @module
 */

import type { Inspected, Members, Oddity } from './compact.ts'

/** Something to know about a token. A fault is a leak, or what Warder's guards refuse; a doubt is what they may let through. */
export interface Finding {
  readonly code: string
  readonly level: 'fault' | 'doubt'
  readonly sentence: string
}

/** What is looked at. */
export interface Look extends Inspected {
  readonly claims: Members
  /** Seconds since the epoch. */
  readonly now: number
}

/** What to say of a token, by the code of the finding; nothing if that is not the matter. */
export type Findings = Readonly<Record<string, (look: Look) => string | undefined>>

/** Tells of what the reader had to forgive. */
export const about =
  (oddity: Oddity, sentence: string): Findings[string] =>
  ({ oddities }) =>
    oddities.has(oddity) ? sentence : undefined

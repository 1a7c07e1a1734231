/**
 * How a check of a token went, and what of it is shown.
 *
 * @module
 */

import { visible } from '../../output.ts'
import type { Case } from './verdict.ts'

/** How one check went. */
export interface Checked {
  readonly outcome: 'ok' | 'failed' | 'not made'
  /** What the token says. */
  readonly says?: string
  /** What is expected, where that is another. */
  readonly expected?: string
  /** Why, or what the near miss is. */
  readonly note?: string
}

/** A check by the name of what it looks at. */
export interface Check extends Checked {
  readonly name: string
}

/** Makes one check. */
export type MakeCheck = (given: Case) => Promise<Checked> | Checked

/** A value of a token, fit to be shown. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? visible(value) : visible(JSON.stringify(value) ?? 'nothing')

/** A note, where there is something to note. */
export const noteOf = (note: string | undefined): Pick<Checked, 'note'> =>
  note === undefined ? {} : { note }

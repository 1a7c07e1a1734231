/**
 * SIG-1: a refresh token came again after its successor was used: two hold it, and one is a thief.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 | RFC 9700 §4.14.2}
 * @module
 */

import type { Signal } from './signal.ts'

export const refreshReuse: Signal = {
  id: 'SIG-1',
  sees: ['token.reused'],
  action: 'The family of tokens was revoked.',
  undo: 'Nothing is to be undone: the user signs in again.',
  create: () => ({
    observe: ({ value = 1, age }) => ({
      value,
      limit: 1,
      reason: `a refresh token ${value} generations old${age === undefined ? '' : `, ${age} s after it was replaced`}`,
    }),
  }),
}

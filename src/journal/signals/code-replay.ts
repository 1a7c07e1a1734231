/**
 * SIG-2: an authorization code came twice, or from a client it was not issued to: someone read it on
 * its way.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.5 | RFC 9700 §4.5}
 * @module
 */

import type { Signal } from './signal.ts'

export const codeReplay: Signal = {
  id: 'SIG-2',
  sees: ['code.replayed', 'code.misused'],
  action:
    'A replayed code: what it gave was revoked. A code of another client: refused, and nothing revoked.',
  undo: 'Nothing is to be undone: the user signs in again.',
  create: () => ({
    observe: ({ type, owner }) => ({
      value: type === 'code.replayed' ? 2 : 1,
      limit: type === 'code.replayed' ? 1 : 0,
      reason:
        type === 'code.replayed'
          ? 'a code came a second time'
          : `a code came from another client than ${owner ?? 'its own'}`,
    }),
  }),
}

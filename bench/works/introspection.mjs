/** An API asks about access tokens (RFC 7662), a thousand different ones in turn. */

import { sideBySide } from './side-by-side.mjs'

export const introspection = {
  name: 'introspection',
  title: 'Introspection',
  connections: 16,
  run: (plan) => sideBySide('introspection', plan),
}

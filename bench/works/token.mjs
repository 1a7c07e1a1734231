/** A confidential client asks for an access token (RFC 6749 §4.4): HTTP Basic, ES256, one resource. */

import { sideBySide } from './side-by-side.mjs'

export const token = {
  name: 'token',
  title: 'Access tokens by client credentials',
  connections: 16,
  run: (plan) => sideBySide('token', plan),
}

/** What is measured. One more work is one more file and one more line here. */

import { apikeys } from './apikeys.mjs'
import { connect } from './connect.mjs'
import { guard } from './guard.mjs'
import { introspected } from './introspected.mjs'
import { introspection } from './introspection.mjs'
import { processes } from './processes.mjs'
import { refresh } from './refresh.mjs'
import { rows } from './rows.mjs'
import { token } from './token.mjs'
import { verify } from './verify.mjs'

export const works = [
  token,
  refresh,
  introspection,
  rows,
  processes,
  verify,
  guard,
  apikeys,
  introspected,
  connect,
]

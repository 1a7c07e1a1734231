/** What is measured of a kind of credential: its own check, or the whole guard that it stands in. */

import { createGuard } from '../../dist/guard/index.js'
import { systemPlatform } from '../../dist/platform.js'
import { AUDIENCE } from '../tokens.mjs'

/** @returns A function from a credential to who it stands for; nothing for one that is not good. */
export const checkOf = (kind, { whole = false }) => (whole ? wholeGuard(kind) : checkAlone(kind))

function checkAlone(kind) {
  const context = { resource: AUDIENCE, platform: systemPlatform, onEvent() {} }
  const { verify } = kind.create(context)
  const visit = { request: requestWith(''), connection: {} }
  return (credentials) => verify({ in: 'authorization', scheme: 'bearer', credentials }, visit)
}

function wholeGuard(kind) {
  const guard = createGuard({ resource: AUDIENCE, accept: [kind] })
  return async (credentials) => {
    const answer = await guard.check(requestWith(`Bearer ${credentials}`))
    return answer instanceof Response ? undefined : answer
  }
}

const requestWith = (authorization) => ({
  method: 'GET',
  url: AUDIENCE,
  headers: { get: (name) => (name === 'authorization' ? authorization : null) },
})

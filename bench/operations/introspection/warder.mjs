/** Warder's introspection of opaque tokens, answered out of memory. */

import { randomBytes } from 'node:crypto'
import { introspection } from '../../../dist/guard/credentials/index.js'
import { AUDIENCE, ISSUER, SCOPE } from '../../tokens.mjs'
import { checkOf } from '../../warder/checks.mjs'

const TOKENS = 500
const LIFE = 6 * 3600

export function prepare(given) {
  const tokens = Array.from({ length: TOKENS }, () => randomBytes(32).toString('base64url'))
  const kind = introspection({
    endpoint: 'https://auth.example.com/introspect',
    ...{ clientId: 'bench-api', clientSecret: randomBytes(32).toString('hex') },
    fetch: answering(new Set(tokens)),
  })
  return { operate: checkOf(kind, given), inputs: tokens, bad: [`${tokens[0]}x`] }
}

/** The authorization server, which is asked once in half a minute for each token. */
const answering =
  (known) =>
  async (_, { body }) => {
    const token = new URLSearchParams(String(body)).get('token')
    if (!known.has(token)) return Response.json({ active: false })
    const now = Math.floor(Date.now() / 1000)
    return Response.json({
      ...{ active: true, iss: ISSUER, sub: 'user', aud: AUDIENCE, client_id: 'bench-client' },
      ...{ scope: SCOPE, token_type: 'Bearer', iat: now, exp: now + LIFE },
    })
  }

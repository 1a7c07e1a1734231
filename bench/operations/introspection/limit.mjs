/** The limit of introspection with a memory: a digest of the token, a Map, and `exp`. */

import { hash, randomBytes } from 'node:crypto'

const TOKENS = 500

export function prepare() {
  const tokens = Array.from({ length: TOKENS }, () => randomBytes(32).toString('base64url'))
  const digest = (token) => hash('sha256', token, 'base64')
  const answer = { active: true, sub: 'user', exp: Math.floor(Date.now() / 1000) + 6 * 3600 }
  const known = new Map(tokens.map((token) => [digest(token), { ...answer }]))
  const operate = (token) => {
    const found = known.get(digest(token))
    return found !== undefined && found.exp > Date.now() / 1000
  }
  return { operate, inputs: tokens, bad: [`${tokens[0]}x`] }
}

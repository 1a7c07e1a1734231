/** What every guarded server here is asked for: one small answer, to whoever has a good token. */

import { createServer } from 'node:http'
import { createGuard } from '../../../dist/guard/index.js'
import { minimum } from '../../operations/verify/limit.mjs'
import { AUDIENCE, ISSUER, newIssuer } from '../../tokens.mjs'

/** What the harness said: the algorithm, and who guards. */
const { alg, guard } = JSON.parse(process.argv[2])
export const port = Number(process.argv[3])
export { AUDIENCE, alg, ISSUER }

export const { tokens, forged, ...issuerKey } = newIssuer(alg)
const { jwk } = issuerKey

/** What a route answers; nobody asks for more, so that the guard is what is seen. */
export const answer = { notes: ['one', 'two'] }

/** Ends the list of guards of a server: the one that is asked for. */
export const chosenFrom = (guards) => guards[guard]()

/** Says what to ask, once the server listens. */
export function announce() {
  const authorizations = tokens.map((token) => `Bearer ${token}`)
  const target = { method: 'GET', path: '/', authorizations, refused: `Bearer ${forged}` }
  process.stdout.write(`${JSON.stringify({ target })}\n`)
}

/** Where the issuer publishes its key, for those who must fetch it. */
export function publishKeys() {
  const body = JSON.stringify({ keys: [jwk] })
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${server.address().port}/jwks.json`)
    })
  })
}

/** The token of a header, as middleware that is written by hand finds it. */
export const bearer = (authorization) =>
  authorization?.startsWith('Bearer ') ? authorization.slice(7) : ''

/** The limit: a function from a header to the claims, or nothing. */
export function theLimit() {
  const check = minimum(alg, issuerKey)
  return (authorization) => {
    try {
      return check(bearer(authorization))
    } catch {
      return undefined
    }
  }
}

/** fast-jwt as middleware that is written by hand has it: a function from a header to the claims, or nothing. */
export async function fastJwt({ cache }) {
  const { createVerifier } = await import('fast-jwt')
  const verify = createVerifier({
    key: issuerKey.pem,
    ...{ algorithms: [alg], allowedIss: ISSUER, allowedAud: AUDIENCE, cache },
  })
  return (authorization) => {
    try {
      return verify(bearer(authorization))
    } catch {
      return undefined
    }
  }
}

/** Warder's guard, as everybody makes it; without its memory of tokens where that is not measured. */
export const warder = ({ cache }) =>
  createGuard({
    resource: AUDIENCE,
    ...{ issuer: ISSUER, algorithms: [alg], keys: { jwk } },
    ...(cache ? {} : { cache: false }),
  })

/** express 5 behind no guard, Warder's, the one that its users install, and the limit. */

import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { expressGuard } from '../../../dist/adapters/express.js'
import {
  AUDIENCE,
  alg,
  announce,
  answer,
  chosenFrom,
  ISSUER,
  port,
  publishKeys,
  theLimit,
  warder,
} from './common.mjs'

const refuse = (response) => response.status(401).set('www-authenticate', 'Bearer').end()

const behind = (check) => (request, response, next) => {
  if (check(request.headers.authorization) === undefined) refuse(response)
  else next()
}

async function installed() {
  const jwksUri = await publishKeys()
  return auth({ issuer: ISSUER, audience: AUDIENCE, jwksUri, tokenSigningAlg: alg })
}

const middleware = await chosenFrom({
  bare: () => (_request, _response, next) => next(),
  limit: () => behind(theLimit()),
  warder: () => expressGuard(warder({ cache: false })),
  'warder-cached': () => expressGuard(warder({ cache: true })),
  'express-oauth2-jwt-bearer': installed,
})
const app = express()
app.use(middleware)
app.get('/', (_request, response) => {
  response.json(answer)
})
app.listen(port, '127.0.0.1', announce)

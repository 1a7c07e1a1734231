/** hono on Node behind no guard, Warder's, its own middleware, and those that are mounted by hand. */

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import { jwt } from 'hono/jwt'
import { importJWK } from 'jose'
import { honoGuard } from '../../../dist/adapters/hono.js'
import {
  AUDIENCE,
  alg,
  announce,
  answer,
  chosenFrom,
  fastJwt,
  ISSUER,
  issuerKey,
  port,
  theLimit,
  warder,
} from './common.mjs'

const refuse = (c) => c.body(null, 401, { 'www-authenticate': 'Bearer' })

const behind = (check) => async (c, next) => {
  if (check(c.req.header('authorization')) === undefined) return refuse(c)
  return next()
}

// Its own middleware is given the key: from `jwks_uri` it would fetch it for every request.
const verification = { iss: ISSUER, aud: AUDIENCE, typ: 'at+jwt' }
const { jwk: published } = issuerKey

const middleware = await chosenFrom({
  bare: () => (_, next) => next(),
  limit: () => behind(theLimit()),
  warder: () => honoGuard(warder({ cache: false })),
  'warder-cached': () => honoGuard(warder({ cache: true })),
  'hono-jwt': async () => jwt({ secret: await importJWK(published, alg), alg, verification }),
  'hono-jwk': () => jwk({ keys: [published], alg: [alg], verification }),
  'fast-jwt-cached': async () => behind(await fastJwt({ cache: true })),
})
const app = new Hono()
app.use(middleware)
app.get('/', (c) => c.json(answer))
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, announce)

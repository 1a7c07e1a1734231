/** fastify behind no guard, Warder's, its own plug-in, and those that are mounted by hand. */

import fastifyJwt from '@fastify/jwt'
import fastify from 'fastify'
import { fastifyGuard } from '../../../dist/adapters/fastify.js'
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

const app = fastify()

const refuse = (reply) => reply.code(401).header('www-authenticate', 'Bearer').send()

const behind = (check) => (request, reply, next) => {
  if (check(request.headers.authorization) === undefined) refuse(reply)
  else next()
}

async function ownPlugin({ cache }) {
  await app.register(fastifyJwt, {
    secret: { public: issuerKey.pem },
    verify: { algorithms: [alg], allowedIss: ISSUER, allowedAud: AUDIENCE, cache },
  })
  return (request) => request.jwtVerify()
}

const hook = await chosenFrom({
  bare: () => undefined,
  limit: () => behind(theLimit()),
  warder: () => fastifyGuard(warder({ cache: false })),
  'warder-cached': () => fastifyGuard(warder({ cache: true })),
  'fastify-jwt': () => ownPlugin({ cache: false }),
  'fastify-jwt-cached': () => ownPlugin({ cache: true }),
  'fast-jwt-cached': async () => behind(await fastJwt({ cache: true })),
})
app.get('/', hook === undefined ? {} : { onRequest: hook }, async () => answer)
await app.listen({ port, host: '127.0.0.1' })
announce()

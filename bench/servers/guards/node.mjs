/** `node:http` behind no guard, Warder's, and those that are mounted by hand. */

import { createServer } from 'node:http'
import { nodeGuard } from '../../../dist/adapters/node.js'
import { announce, answer, chosenFrom, fastJwt, port, theLimit, warder } from './common.mjs'

const body = JSON.stringify(answer)
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

const respond = (response) => response.writeHead(200, headers).end(body)
const refuse = (response) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()

const behind = (check) => (request, response) =>
  check(request.headers.authorization) === undefined ? refuse(response) : respond(response)

const behindWarder = (guard) => nodeGuard(guard, undefined, (_, response) => respond(response))

const listener = await chosenFrom({
  bare: () => (_, response) => respond(response),
  limit: () => behind(theLimit()),
  warder: () => behindWarder(warder({ cache: false })),
  'warder-cached': () => behindWarder(warder({ cache: true })),
  'fast-jwt': async () => behind(await fastJwt({ cache: false })),
  'fast-jwt-cached': async () => behind(await fastJwt({ cache: true })),
})
createServer(listener).listen(port, '127.0.0.1', announce)

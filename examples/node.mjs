/**
 * An API on `node:http` alone, behind one guard, with more asked where more is done.
 *
 * Runs by itself: `node examples/node.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { startIssuer } from './support/issuer.mjs'
import { tryNotes } from './support/notes-callers.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import { createServer } from 'node:http'
import { createGuard } from 'warder/guard'
import { nodeGuard } from 'warder/node'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })

const read = nodeGuard(guard, { scopes: ['notes:read'] }, (request, response) => {
  response.end(JSON.stringify({ hello: request.principal.subject }))
})
const write = nodeGuard(guard, { scopes: ['notes:write'] }, (request, response) => {
  response.writeHead(201).end(JSON.stringify({ author: request.principal.subject }))
})

const server = createServer(
  nodeGuard(guard, undefined, async (request, response) => {
    if (request.url !== '/notes') return response.writeHead(404).end()
    return request.method === 'POST' ? write(request, response) : read(request, response)
  }),
)
// #endregion

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`

await tryNotes(origin, authority)
assert.equal((await fetch(`${origin}/nothing`)).status, 401)

server.close()
server.closeAllConnections()
authority.stop()
console.log(
  'node:http: strangers were refused everywhere, each caller got what their scopes allow.',
)

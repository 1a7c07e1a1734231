/**
 * An API in Fastify, guarded before bodies are read.
 *
 * Runs by itself: `node examples/fastify.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import { startIssuer } from './support/issuer.mjs'
import { tryNotes } from './support/notes-callers.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import createFastify from 'fastify'
import { fastifyGuard, fastifyMetadata } from 'warder/fastify'
import { createGuard } from 'warder/guard'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })
const app = createFastify()

app.addHook('onRequest', fastifyMetadata(guard))
app.get(
  '/notes',
  fastifyGuard(guard, { scopes: ['notes:read'] }, async (request) => {
    return { hello: request.principal.subject }
  }),
)
app.post('/notes', {
  schema: { body: { type: 'object', required: ['text'] } },
  ...fastifyGuard(guard, { scopes: ['notes:write'] }, async (request, reply) => {
    return reply.code(201).send({ author: request.principal.subject })
  }),
})

// #endregion

// #region plugin
import { principalOf } from 'warder/fastify'

app.register(
  async (admin) => {
    admin.addHook('onRequest', fastifyGuard(guard, { scopes: ['notes:admin'] }))
    admin.get('/statistics', async (request) => {
      return { for: principalOf(request).subject, notes: 3 }
    })
  },
  { prefix: '/admin' },
)
// #endregion

const origin = await app.listen({ port: 0, host: '127.0.0.1' })
await tryNotes(origin, authority)

// Who may not write is told so before their body is looked at.
const headers = { 'content-type': 'application/json' }
const malformed = await fetch(`${origin}/notes`, { method: 'POST', headers, body: '{' })
assert.equal(malformed.status, 401)

const scope = 'notes:admin'
const authorization = `Bearer ${await authority.token('https://api.example.com/notes', { scope })}`
const statistics = await fetch(`${origin}/admin/statistics`, { headers: { authorization } })
assert.deepEqual(await statistics.json(), { for: 'alice', notes: 3 })
assert.equal((await fetch(`${origin}/admin/statistics`)).status, 401)

await app.close()
authority.stop()
console.log('Fastify: strangers were refused unread, each caller got what their scopes allow.')

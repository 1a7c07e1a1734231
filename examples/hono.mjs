/**
 * An API in Hono, guarded; here on Node, where Hono knows the connection.
 *
 * Runs by itself: `node examples/hono.mjs`. The issuer is a stand-in that publishes one key.
 */

import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { startIssuer } from './support/issuer.mjs'
import { tryNotes } from './support/notes-callers.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import { Hono } from 'hono'
import { createGuard } from 'warder/guard'
import { honoGuard, honoMetadata } from 'warder/hono'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })
const app = new Hono()

app.use(honoMetadata(guard))
app.get('/notes', honoGuard(guard, { scopes: ['notes:read'] }), (c) => {
  return c.json({ hello: c.var.principal.subject })
})
app.post('/notes', honoGuard(guard, { scopes: ['notes:write'] }), (c) => {
  return c.json({ author: c.var.principal.subject }, 201)
})
// #endregion

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await once(server, 'listening')
await tryNotes(`http://127.0.0.1:${server.address().port}`, authority)

server.close()
server.closeAllConnections()
authority.stop()
console.log('Hono: strangers were refused, each caller got what their scopes allow.')

/**
 * An API in Express, guarded: a route of its own rule, and a router behind one guard.
 *
 * Runs by itself: `node examples/express.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { startIssuer } from './support/issuer.mjs'
import { tryNotes } from './support/notes-callers.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import express from 'express'
import { expressGuard, expressMetadata } from 'warder/express'
import { createGuard } from 'warder/guard'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })
const app = express()

app.use(expressMetadata(guard))
app.get(
  '/notes',
  expressGuard(guard, { scopes: ['notes:read'] }, (request, response) => {
    response.json({ hello: request.principal.subject })
  }),
)
app.post(
  '/notes',
  expressGuard(guard, { scopes: ['notes:write'] }, async (request, response) => {
    response.status(201).json({ author: request.principal.subject })
  }),
)

// #endregion

// #region router
import { principalOf } from 'warder/express'

const admin = express.Router()
admin.use(expressGuard(guard, { scopes: ['notes:admin'] }))
admin.get('/statistics', (request, response) => {
  response.json({ for: principalOf(request).subject, notes: 3 })
})
app.use('/admin', admin)
// #endregion

// #region service
const service = {
  guard,
  trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
  origins: ['https://app.example.com'],
}

const inPayroll = (caller, _request, { connection }) =>
  caller.roles.includes('payroll') && connection.remoteAddress === '192.0.2.7'

app.all(
  '/payroll',
  expressGuard(service, inPayroll, (request, response) => {
    response.json({ for: request.principal.subject })
  }),
)
// #endregion

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`

await tryNotes(origin, authority)

const statistics = (headers) => fetch(`${origin}/admin/statistics`, { headers })
assert.equal((await statistics({})).status, 401)
const claims = { scope: 'notes:admin', roles: ['payroll'] }
const authorization = `Bearer ${await authority.token('https://api.example.com/notes', claims)}`
assert.deepEqual(await (await statistics({ authorization })).json(), { for: 'alice', notes: 3 })
assert.equal((await fetch(`${origin}/admin/nothing`)).status, 401)

const payroll = async (forwardedFor) => {
  const headers = { authorization, 'x-forwarded-for': forwardedFor }
  return (await fetch(`${origin}/payroll`, { headers })).status
}
assert.equal(await payroll('192.0.2.7'), 200)
assert.equal(await payroll('192.0.2.7, 198.51.100.1'), 403)

const preflight = async (page) => {
  const headers = { origin: page, 'access-control-request-method': 'POST' }
  const answer = await fetch(`${origin}/payroll`, { method: 'OPTIONS', headers })
  return [answer.status, answer.headers.get('access-control-allow-origin')]
}
assert.deepEqual(await preflight('https://app.example.com'), [204, 'https://app.example.com'])
assert.deepEqual(await preflight('https://evil.example'), [401, null])

server.close()
server.closeAllConnections()
authority.stop()
console.log('Express: strangers were refused, each caller got what their scopes allow.')
